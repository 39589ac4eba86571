/** Validation: failures that are refusals like every other, and strict bodies that help with typing errors. */

import * as z from "zod";
import { AppError, type FieldFault } from "../domain/errors.ts";
import { findClosest } from "./closest-name.ts";

/** More help nobody; a body can have thousands, and the answer would be ten times as long as the question. */
const FAULTS_MAX = 50;

type Issue = z.core.$ZodIssue;

/** The refusal of an input that does not validate. */
export function invalid(error: z.core.$ZodError, input: unknown): AppError {
  const faults = error.issues.flatMap((issue) => toFaults(issue, input));
  const errors = faults.slice(0, FAULTS_MAX);
  return new AppError({ code: "validation_error", errors });
}

/** An object of exactly these members; an unknown one is named, with the known one it is close to. */
export function strictBody<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys
            .slice(0, FAULTS_MAX)
            .map((key) => unknownMember(key, known))
            .join("\n")
        : undefined,
  });
}

function unknownMember(name: string, known: readonly string[]): string {
  const closest = findClosest(name, known);
  return closest === undefined ? "unknown member" : `unknown member, did you mean ${closest}?`;
}

function toFaults(issue: Issue, input: unknown, parent: readonly PropertyKey[] = []): FieldFault[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    // One message a name, in their order: what `strictBody` wrote, of as many as are told.
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) =>
      fault([...path, key], "unknown_member", messages[index] ?? "unknown member"),
    );
  }
  if (issue.code === "invalid_union") {
    const [branch] = [...issue.errors].sort((a, b) => a.length - b.length);
    if (branch !== undefined && branch.length > 0) {
      return branch.flatMap((inner) => toFaults(inner, input, path));
    }
  }
  const mistyped = issue.code === "invalid_type" || issue.code === "invalid_value";
  if (mistyped && valueAt(input, path) === undefined) {
    return [fault(path, "required", "is required")];
  }
  return [fault(path, codeOf(issue), messageOf(issue))];
}

function fault(path: readonly PropertyKey[], code: string, message: string): FieldFault {
  return { path: path.map(String).join("."), code, message };
}

// A schema's own rules name their code in `params.code`.
function codeOf(issue: Issue): string {
  if (issue.code !== "custom") return issue.code;
  const code: unknown = issue.params?.code;
  return typeof code === "string" ? code : "invalid";
}

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${issue.expected === "array" || issue.expected === "object" ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.join(", ")}`;
    case "too_small":
      return boundMessage("at least", issue.minimum, issue.origin);
    case "too_big":
      return boundMessage("at most", issue.maximum, issue.origin);
    default:
      return issue.message;
  }
}

function boundMessage(bound: string, size: number | bigint, origin: string): string {
  if (origin === "string") return `must have ${bound} ${size} characters`;
  if (origin === "array") return `must have ${bound} ${size} items`;
  return `must be ${bound} ${size}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined,
    input,
  );
}
