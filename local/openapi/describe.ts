/** What the document is made of. It is bundled before it runs, since the Worker's modules are written for a bundler. */

// Before all schemas, which find its `.openapi` then.
import "@hono/zod-openapi";
import { assembleApp } from "../../src/app.ts";
import { PROBLEM_RESPONSES } from "../../src/http/openapi.ts";
import { PROBLEM_MEDIA_TYPE, toProblem } from "../../src/http/problem.ts";
import { loadRouters } from "../../src/route-groups.ts";
import { EXAMPLE_REFUSALS } from "./refusals.ts";
import { toDocument } from "./to-document.ts";

const REQUEST_ID = "019ac0de-0000-7000-8000-00000000000f";

/** The app, for its routes, and its document with an example of every problem. */
export async function describe() {
  const none = () => {
    throw new Error("a document needs no services");
  };
  const app = assembleApp(none, await loadRouters(none));
  const document = toDocument(app.described);
  const components = document.components?.responses ?? {};
  for (const refusal of EXAMPLE_REFUSALS) {
    const { type, title, status, detail, ...members } = toProblem(refusal);
    const [name] = PROBLEM_RESPONSES[status as keyof typeof PROBLEM_RESPONSES] ?? [];
    const response = name && components[name];
    if (!response || "$ref" in response) continue;
    const content = response.content?.[PROBLEM_MEDIA_TYPE];
    if (content === undefined) continue;
    const request = { instance: "/api/v1/orders", request_id: REQUEST_ID };
    const value = { type, title, status, detail, ...request, ...members };
    content.examples = { ...content.examples, [refusal.code]: { summary: title, value } };
  }
  return { routes: app.routes, document };
}
