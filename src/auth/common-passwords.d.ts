/** The passwords that people choose most, in lower case, a line each: `local/common-passwords.ts` writes it. */
declare module "#common-passwords" {
  const lines: string;
  export default lines;
}
