import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import type { NeonStandIn } from "../../local/neon.ts";
import { loopback } from "../../local/ports.ts";
import type { Postgres } from "../../local/postgres.ts";
import { reasonOf } from "../../local/start-failure.ts";

export interface CloneServer {
  readonly url: string;
  stop(): Promise<void>;
}

const NAME = /^[a-z0-9_]{1,60}$/;

/**
 * Creates databases for test files, which may run in workerd, where nothing but HTTP is at hand:
 * `POST /` answers with the URL of a new copy of `template`, `POST /<name>` of another one, `DELETE /<name>` drops it, sessions included.
 */
export async function startCloneServer(
  postgres: Postgres,
  neon: NeonStandIn,
  template: string,
): Promise<CloneServer> {
  const admin = new pg.Pool({ connectionString: postgres.url("postgres"), max: 4 });
  admin.on("error", () => {});
  const server = createServer((request, response) => {
    answer(request.method, request.url?.slice(1) ?? "")
      .catch((error: unknown) => ({ status: 500, text: reasonOf(error) }))
      .then(({ status, text }) => response.writeHead(status).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, loopback, resolve));

  async function answer(method: string | undefined, name: string) {
    if (name !== "" && !NAME.test(name)) return { status: 404, text: "no such database" };
    if (method === "POST") {
      const copy = `test_${randomBytes(6).toString("hex")}`;
      await admin.query(`CREATE DATABASE ${copy} TEMPLATE ${name || template}`);
      return { status: 200, text: postgres.url(copy) };
    }
    await neon.forget(name);
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    return { status: 200, text: "" };
  }

  return {
    url: `http://${loopback}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await admin.end();
    },
  };
}
