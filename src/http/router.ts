/** Routers whose routes say what they take and answer: requests are held to it, and it is the API's document. */

import type { RouteConfig, RouteConfigToEnv, RouteHandler } from "@hono/zod-openapi";
import { zValidator } from "@hono/zod-validator";
import { type Handler, Hono, type MiddlewareHandler, type ValidationTargets } from "hono";
import { createMiddleware } from "hono/factory";
import { mergePath } from "hono/utils/url";
import { ZodType } from "zod";
import { AppError } from "../domain/errors.ts";
import type { AppEnv } from "./app-env.ts";
import { isEmpty, isJson } from "./json-body.ts";
import { invalid } from "./validated.ts";

export class Router extends Hono<AppEnv> {
  /** For the document: its routes and those of the routers mounted in it, in the order in which they came. */
  readonly described: RouteConfig[] = [];

  /** Adds a route. Its handler sees requests that validate; the others are a `validation_error`. */
  openapi<Route extends RouteConfig>(
    route: Route,
    handler: RouteHandler<Route, RouteConfigToEnv<Route> & AppEnv>,
  ): this {
    if (!route.hide) this.described.push(route);
    const path = route.path.replaceAll(/\/{(.+?)}/g, "/:$1");
    const middleware = [route.middleware ?? []].flat() as MiddlewareHandler[];
    this.on([route.method], [path], ...middleware, ...validatorsOf(route), handler as Handler);
    return this;
  }

  /** Adds all of another router's routes below a path. */
  include(path: string, router: Router): this {
    this.route(path, router);
    for (const route of router.described) {
      this.described.push({ ...route, path: mergePath(path, route.path) });
    }
    return this;
  }
}

export const createRouter = (): Router => new Router();

/** Gives a route its own type, from which that of its handler follows. */
export const createRoute = <const Route extends RouteConfig>(route: Route): Route => route;

function validatorsOf({ request = {} }: RouteConfig): MiddlewareHandler[] {
  const body = request.body?.content["application/json"];
  return [
    ...validatorOf("query", request.query),
    ...validatorOf("param", request.params),
    ...validatorOf("header", request.headers),
    ...(body !== undefined && "schema" in body
      ? [onlyJson, ...validatorOf("json", body.schema)]
      : []),
  ];
}

function validatorOf(target: keyof ValidationTargets, schema: unknown): MiddlewareHandler[] {
  if (!(schema instanceof ZodType)) return [];
  return [
    zValidator(target, schema, (reading) => {
      if (!reading.success) throw invalid(reading.error, reading.data);
    }),
  ];
}

/** What is not JSON was left unread. */
const onlyJson = createMiddleware<AppEnv>(async (c, next) => {
  const contentType = c.req.header("content-type");
  const wrong = contentType === undefined ? !(await isEmpty(c.req.raw)) : !isJson(contentType);
  if (wrong) throw new AppError({ code: "unsupported_media_type", expected: "application/json" });
  await next();
});
