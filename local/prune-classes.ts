import { readFileSync } from "node:fs";
import { extname } from "node:path";
import type { Plugin } from "esbuild";

/** The classes are generated: a method begins and ends with such lines, at no other depth. */
const METHOD = /^ {4}(?:async )?([A-Za-z_$][\w$]*)\s?\(.*\)(?:: .+)? \{$/;
const METHOD_END = "    }";
const TABLE = "            'api': {";
const ERRORS = "            'exceptions': {";
const TABLE_END = "            },";
/** Binance's of markets that are not ours: its class takes one that is missing for empty. */
const FOREIGN_ERRORS = /^ {16}'(linear|inverse|option|portfolioMargin)': \{$/;
const FOREIGN_ERRORS_END = "                },";
const COMMENT = /^\s*(\/\/|\/?\*)/;
/** A member, or text that may be the name of one: ccxt also calls methods by their names. */
const NAME = /(?:\.|['"`])([A-Za-z_$][\w$]*)/g;
const HTTP_METHOD = /^(get|post|put|delete|head|patch)$/i;

/** Loads classes as `pruneClasses` leaves them. */
export function prunePlugin(paths: readonly string[], called: Iterable<string>): Plugin {
  const classes = pruneClasses(paths, called);
  return {
    name: "prune",
    setup(builder) {
      builder.onLoad({ filter: /\.[jt]s$/ }, ({ path }) => {
        const contents = classes.get(path);
        const loader = extname(path) === ".ts" ? "ts" : "js";
        return contents === undefined ? undefined : { contents, loader };
      });
    },
  };
}

interface Method {
  readonly name: string;
  readonly lines: readonly string[];
}

/** The lines of a class in their order, those of a method together. */
type Part = string | Method;

/**
 * The sources of classes without what nobody can reach who begins with the members `called`: methods, and endpoints of
 * their APIs. Whatever stands anywhere in code that stays, as a member or as text, stays itself, so more stays than is
 * called, and nothing less. Only what a class says of itself (`describe`) mentions all of its methods without calling them.
 */
export function pruneClasses(
  paths: readonly string[],
  called: Iterable<string>,
): ReadonlyMap<string, string> {
  const classes = new Map(paths.map((path) => [path, partsOf(readFileSync(path, "utf8"))]));
  const methods = Map.groupBy(
    [...classes.values()].flat().filter((part) => typeof part !== "string"),
    ({ name }) => name,
  );
  const outside = [...classes.values()].flat().filter((part) => typeof part === "string");
  const reached = new Set<string>();
  const waiting = ["constructor", "describe", ...called, ...namesIn(outside)];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    if (name === "describe") continue;
    for (const { lines } of methods.get(name) ?? []) waiting.push(...namesIn(lines));
  }
  return new Map(
    Array.from(classes, ([path, parts]) => {
      const left = parts.filter((part) => typeof part === "string" || reached.has(part.name));
      const lines = left.flatMap((part) => (typeof part === "string" ? part : part.lines));
      return [path, pruneErrors(pruneTable(lines, reached)).join("\n")];
    }),
  );
}

function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  const lines = source.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const [, name] = METHOD.exec(line) ?? [];
    if (name === undefined) {
      parts.push(line);
      continue;
    }
    const end = lines.indexOf(METHOD_END, at);
    if (end === -1) throw new Error(`${name} does not end as generated methods do`);
    parts.push({ name, lines: lines.slice(at, end + 1) });
    at = end;
  }
  return parts;
}

const namesIn = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !COMMENT.test(line))
    .flatMap((line) => Array.from(line.matchAll(NAME), ([, name]) => name ?? ""));

function pruneErrors(lines: readonly string[]): readonly string[] {
  const from = lines.indexOf(ERRORS);
  const to = lines.indexOf(TABLE_END, from);
  if (from === -1) return lines;
  const left: string[] = [];
  for (let at = from; at < to; at += 1) {
    const line = lines[at] ?? "";
    if (FOREIGN_ERRORS.test(line)) at = lines.indexOf(FOREIGN_ERRORS_END, at);
    else left.push(line);
  }
  return [...lines.slice(0, from), ...left, ...lines.slice(to)];
}

/** An endpoint or a level of them: the method that calls it is named by where it stands. */
type Table = { readonly [key: string]: Table | number | readonly string[] };

/** The lines of a class, of its table of endpoints only those that are called. */
function pruneTable(lines: readonly string[], reached: ReadonlySet<string>): readonly string[] {
  const from = lines.indexOf(TABLE);
  if (from === -1) return lines;
  const to = lines.indexOf(TABLE_END, from);
  const text = lines.slice(from + 1, to).join("\n");
  const table: Table = Function(`"use strict"; return {${text}};`)();
  const left = `            'api': ${JSON.stringify(calledOf(table, reached))},`;
  return [...lines.slice(0, from), left, ...lines.slice(to + 1)];
}

function calledOf(table: Table, reached: ReadonlySet<string>, path: readonly string[] = []): Table {
  const isCalled = (method: string, endpoint: string) =>
    reached.has(nameOf(path, method, endpoint));
  const entries = Object.entries(table).map(([key, value]) => {
    if (Array.isArray(value)) return [key, value.filter((each) => isCalled(key, each))];
    if (typeof value !== "object") return [key, value];
    if (!HTTP_METHOD.test(key)) return [key, calledOf(value as Table, reached, [...path, key])];
    const called = Object.entries(value).filter(([endpoint]) => isCalled(key, endpoint));
    return [key, Object.fromEntries(called)];
  });
  return Object.fromEntries(entries);
}

/** As `defineRestApiEndpoint` of ccxt's base class makes it: `privatePostOrderCancelReplace`. */
function nameOf([section = "", ...sections]: readonly string[], method: string, endpoint: string) {
  const parts = [...sections, method.toLowerCase(), ...endpoint.trim().split(/[^a-zA-Z0-9]/)];
  return section + parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}
