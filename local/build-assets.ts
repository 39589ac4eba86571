// The build step of wrangler.toml: writes what the Worker needs and npm does not ship in usable form, .build/alpaca.js,
// .build/bcrypt.js, .build/ccxt.js, .build/common-passwords.js and .build/assets; and for clients .build/openapi.json, its
// types in .build/api.d.ts, and the client itself, .build/client.js and .build/rest.js. Does nothing where they are up to date.

import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ALPACA_SDK, alpacaInputs, bundleAlpaca } from "./alpaca-bundle.ts";
import { bundleBcrypt } from "./bcrypt-bundle.ts";
import { bundleCcxt, ccxtInputs } from "./ccxt-bundle.ts";
import { root } from "./checkout.ts";
import { bundleClient, clientSources } from "./client-bundle.ts";
import { commonPasswordsVersion, writeCommonPasswords } from "./common-passwords.ts";
import { toApiModule } from "./openapi/api-types.ts";
import { buildDocument, type Document, documentInputs } from "./openapi/document.ts";
import { codeOf } from "./start-failure.ts";
import { packageVersion } from "./vendor-bundle.ts";

const buildDir = join(root, ".build");
const documentPath = join(buildDir, "openapi.json");
const pagesDir = join(import.meta.dirname, "pages");
const require = createRequire(import.meta.url);

/** The vendors' files, by the name under which the pages load them. */
const VENDOR_FILES = {
  "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
  "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
  "redoc.standalone.js": "redoc/bundles/redoc.standalone.js",
};

/** Builds what is out of date. Several processes may do so at once: each part appears complete or not at all. */
export async function buildAssets(): Promise<void> {
  mkdirSync(buildDir, { recursive: true });
  await Promise.all([
    buildIfChanged(
      "alpaca.js",
      [...vendorInputs(ALPACA_SDK, "alpaca-bundle.ts"), ...alpacaInputs()],
      bundleAlpaca,
    ),
    buildIfChanged("bcrypt.js", vendorInputs("bcryptjs", "bcrypt-bundle.ts"), bundleBcrypt),
    buildIfChanged(
      "ccxt.js",
      [...vendorInputs("ccxt", "ccxt-bundle.ts"), ...ccxtInputs()],
      bundleCcxt,
    ),
    buildIfChanged(
      "common-passwords.js",
      [commonPasswordsVersion(), textOf("common-passwords.ts")],
      async (target) => writeCommonPasswords(target),
    ),
  ]);
  await buildFromDocument();
}

async function buildFromDocument(): Promise<void> {
  await buildIfChanged("openapi.json", documentInputs(), async (target) => {
    writeFileSync(target, JSON.stringify(await buildDocument(target)));
  });
  const document = readFileSync(documentPath, "utf8");
  const api = [document, textOf("openapi/api-types.ts")];
  const { declarations, module } = toApiModule(JSON.parse(document) as Document);
  await buildIfChanged("api.d.ts", api, async (target) => writeFileSync(target, declarations));
  await buildIfChanged("api.js", api, async (target) => writeFileSync(target, module));
  const sources = [...clientSources(), document, textOf("client-bundle.ts")];
  await Promise.all([
    buildIfChanged("client.js", sources, (target) => bundleClient("stream-client.ts", target)),
    buildIfChanged("rest.js", sources, (target) => bundleClient("rest-client.ts", target)),
    buildIfChanged("assets", [document, ...assetInputs()], async (target) => writeAssets(target)),
  ]);
}

/** Pages at /api/docs and /api/redoc, everything that they load below /api/assets. */
function writeAssets(target: string): void {
  const api = join(target, "api");
  const assets = join(api, "assets");
  mkdirSync(assets, { recursive: true });
  for (const [name, path] of Object.entries(VENDOR_FILES)) {
    cpSync(require.resolve(path), join(assets, name));
  }
  for (const name of readdirSync(pagesDir)) {
    cpSync(join(pagesDir, name), join(name.endsWith(".html") ? api : assets, name));
  }
  cpSync(documentPath, join(api, "openapi.json"));
  const redoc = join(assets, "redoc.standalone.js");
  // Its only address of another host: a logo, which a page that has to work offline can't load.
  const logo = "https://cdn.redoc.ly/redoc/logo-mini.svg";
  writeFileSync(redoc, readFileSync(redoc, "utf8").replaceAll(logo, "data:,"));
}

const vendorInputs = (name: string, bundler: string): string[] => [
  packageVersion(name),
  ...[bundler, "prune-classes.ts", "vendor-bundle.ts"].map(textOf),
];

function assetInputs(): string[] {
  const versions = ["swagger-ui-dist", "redoc"].map(
    (name) => JSON.parse(readFileSync(require.resolve(`${name}/package.json`), "utf8")).version,
  );
  const pages = readdirSync(pagesDir).map((name) => textOf(join("pages", name)));
  return [...versions, ...pages, textOf("build-assets.ts")];
}

function textOf(file: string): string {
  return readFileSync(join(import.meta.dirname, file), "utf8");
}

async function buildIfChanged(
  name: string,
  inputs: readonly string[],
  write: (target: string) => Promise<void>,
): Promise<void> {
  const target = join(buildDir, name);
  const stamp = join(buildDir, `${name}.stamp`);
  const hash = createHash("sha256").update(JSON.stringify(inputs)).digest("hex");
  if (existsSync(target) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;

  const part = `${target}.${process.pid}.tmp`;
  await write(part);
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(part, target);
  } catch (error) {
    // Another process was faster; its result is the same.
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
    rmSync(part, { recursive: true });
  }
  writeFileSync(stamp, hash);
}

if (import.meta.main) await buildAssets();
