import { expect, it, onTestFinished } from "vitest";
import { createTemporaryDir } from "../harness/temporary-dir.ts";
import { PLANTED_BUGS, type PlantedBug, plantBug } from "./planted-bugs.ts";

it.each(Object.keys(PLANTED_BUGS) as PlantedBug[])("%s can still be planted", (name) => {
  const dir = createTemporaryDir();
  onTestFinished(() => dir.remove());
  expect(() => plantBug(name, dir.path)).not.toThrow();
});
