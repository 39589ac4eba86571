// The stand-in of Neon's endpoint as a process of its own, so that its CPU time can be told from its callers'.

import { type NeonStandIn, startNeonStandIn } from "../local/neon.ts";
import { serveParent } from "./child.ts";

let standIn: NeonStandIn | undefined;

const calls = {
  async start({ postgresPort }: { postgresPort: number }) {
    standIn = await startNeonStandIn({ postgresPort });
    return { httpEndpoint: standIn.httpEndpoint };
  },
};

export type NeonHostCalls = typeof calls;

serveParent(calls, async () => standIn?.stop());
