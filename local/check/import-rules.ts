import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../checkout.ts";
import { findings, type Outcome, run } from "./command.ts";
import { CIRCLE, PLANTS, type Plant } from "./planted.ts";

/** The rules themselves, as Biome reads them. */
const RULES = [
  ".biome.jsonc",
  "local/check/ambient-time.grit",
  "local/check/type-imports.grit",
  "local/check/whole-zod.grit",
] as const;

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** A rule that bit: where, and by what name. */
interface Bite {
  readonly file: string;
  readonly line: string | undefined;
  readonly category: string;
  readonly message: string;
}

/**
 * Shows that the import rules bite: plants violations in an empty tree that has this tree's rules, and sees that
 * Biome refuses each by its own rule, lets the permitted lines pass, and that no rule is left untried.
 */
export async function checkImportRules(): Promise<Outcome> {
  const plants = [...PLANTS, ...CIRCLE];
  const tree = mkdtempSync(join(tmpdir(), "speedtrade-rules-"));
  try {
    for (const path of [...RULES, ".gitignore"]) {
      copyFileSync(join(root, path), prepare(tree, path));
    }
    const planted = linesByFile(plants);
    for (const [file, lines] of planted) {
      writeFileSync(prepare(tree, file), `${lines.join("\n")}\n`);
    }
    const bites = (await lint(tree)).map(({ category, message, location: { path, start } }) => ({
      category,
      message,
      file: path,
      line: planted.get(path)?.[start.line - 1],
    }));
    return judge(plants, bites);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function judge(plants: readonly Plant[], bites: readonly Bite[]): Outcome {
  const messages = declaredMessages();
  const untried = messages.filter((text) => !bites.some(({ message }) => message === text));
  const count = plants.reduce((sum, { refused }) => sum + refused.length, 0);
  return findings(
    [
      ...plants.flatMap((plant) => faultsOf(plant, bites)),
      ...untried.map((message) => `No planted line meets the rule “${message}”`),
    ],
    `${count} planted violations of ${messages.length} rules`,
  );
}

function faultsOf({ file, rule, refused, permitted }: Plant, bites: readonly Bite[]): string[] {
  const at = (line: string) => bites.filter((bite) => bite.file === file && bite.line === line);
  return [
    ...refused
      .filter((line) => !at(line).some((bite) => `${bite.category} ${bite.message}`.includes(rule)))
      .map((line) => `${file}: “${rule}” does not refuse ${line}`),
    // The planted files import each other, so that some are in a circle.
    ...(permitted ?? [])
      .filter((line) => at(line).some(({ category }) => !category.endsWith("/noImportCycles")))
      .map((line) => `${file}: “${rule}” refuses ${line}`),
  ];
}

function linesByFile(plants: readonly Plant[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const { file, refused, permitted = [] } of plants) {
    lines.set(file, [...(lines.get(file) ?? []), ...refused, ...permitted]);
  }
  return lines;
}

/** What Biome says of the tree by the rules that are on trial; of the planted lines' style it may say more. */
async function lint(tree: string): Promise<Diagnostic[]> {
  const options = ["--reporter=json", "--max-diagnostics=none"];
  const { stdout, output } = await run("biome", ["lint", ...options, "."], tree);
  try {
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    return diagnostics.filter(({ category }) =>
      /^plugin$|\/(noRestrictedImports|noImportCycles|noConsole)$/.test(category),
    );
  } catch {
    throw new Error(`Biome did not lint the planted tree:\n${output}`);
  }
}

/** The message of each rule that has one, and so its name. */
function declaredMessages(): string[] {
  const declared = RULES.flatMap((path) => [
    ...readFileSync(join(root, path), "utf8").matchAll(/message"?\s*[:=]\s*"([^"]+)"/g),
  ]);
  return [...new Set(declared.map(([, message = ""]) => message))];
}

/** Creates the folder of a file in the tree; returns the file's path. */
function prepare(tree: string, file: string): string {
  const path = join(tree, file);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
