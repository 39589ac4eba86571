import { describe, expect, it } from "vitest";
import { InterestGroups } from "./interest-groups.ts";
import type { Topic } from "./topic.ts";

const topics = (...names: Topic[]): ReadonlySet<Topic> => new Set(names);
const NONE = topics();

const shown = (groups: InterestGroups<string>) =>
  Array.from(groups.groups, (group) => [[...group.topics].join(), [...group.members].join()]);

describe("members", () => {
  it("are of a group where they want the same, in whatever order", () => {
    const groups = new InterestGroups<string>();
    groups.move("a", NONE, topics("quotes|F", "trades|F"));
    groups.move("b", NONE, topics("trades|F", "quotes|F"));
    groups.move("c", NONE, topics("quotes|F"));
    expect(shown(groups)).toEqual([
      ["quotes|F,trades|F", "a,b"],
      ["quotes|F", "c"],
    ]);
    expect(groups.size).toBe(2);
    expect(groups.wanted()).toEqual(["quotes|F", "trades|F"]);
    expect([groups.count("quotes|F"), groups.count("trades|F"), groups.count("quotes|T")]).toEqual([
      3, 2, 0,
    ]);
  });

  it("go from one group to another, and the last one ends its group", () => {
    const groups = new InterestGroups<string>();
    groups.move("a", NONE, topics("quotes|F"));
    groups.move("b", NONE, topics("quotes|F"));
    groups.move("a", topics("quotes|F"), topics("quotes|T", "quotes|F"));
    expect(shown(groups)).toEqual([
      ["quotes|F", "b"],
      ["quotes|T,quotes|F", "a"],
    ]);
    groups.move("b", topics("quotes|F"), NONE);
    expect(shown(groups)).toEqual([["quotes|T,quotes|F", "a"]]);
  });

  it("leave a topic when the last of them does", () => {
    const groups = new InterestGroups<string>();
    expect(groups.move("a", NONE, topics("quotes|F", "quotes|T"))).toEqual([]);
    expect(groups.move("b", NONE, topics("quotes|F"))).toEqual([]);
    expect(groups.move("a", topics("quotes|F", "quotes|T"), NONE)).toEqual(["quotes|T"]);
    expect([groups.wants("quotes|F"), groups.wants("quotes|T")]).toEqual([true, false]);
    expect(groups.move("b", topics("quotes|F"), topics("quotes|F", "trades|F"))).toEqual([]);
    expect(groups.move("b", topics("quotes|F", "trades|F"), topics("quotes|X"))).toEqual([
      "quotes|F",
      "trades|F",
    ]);
    expect(groups.wanted()).toEqual(["quotes|X"]);
  });

  it("who never came leave nothing behind", () => {
    const groups = new InterestGroups<string>();
    expect(groups.move("a", topics("quotes|F"), NONE)).toEqual(["quotes|F"]);
    expect([groups.size, groups.count("quotes|F"), groups.wanted()]).toEqual([0, 0, []]);
  });
});
