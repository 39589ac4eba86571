/** The part of bcryptjs that we use: `local/bcrypt-bundle.ts` writes it. */
declare module "#bcrypt" {
  export function compare(password: string, hash: string): Promise<boolean>;
}
