/** As much of Node's module as we use: its own types would bring all of Node along. */
declare module "node:async_hooks" {
  export class AsyncLocalStorage<Store> {
    run<Done>(store: Store, work: () => Done): Done;
    getStore(): Store | undefined;
  }
}
