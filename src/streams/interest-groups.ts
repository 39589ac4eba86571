/** Who wants what: members that want the same topics are served together. */

import type { Topic } from "./topic.ts";

export interface Group<Member> {
  readonly topics: ReadonlySet<Topic>;
  readonly members: Set<Member>;
}

export class InterestGroups<Member> {
  readonly #groups = new Map<string, Group<Member>>();
  readonly #wanted = new Map<Topic, number>();

  get groups(): Iterable<Group<Member>> {
    return this.#groups.values();
  }

  get size(): number {
    return this.#groups.size;
  }

  wants(topic: Topic): boolean {
    return this.#wanted.has(topic);
  }

  /** How many members want it. */
  count(topic: Topic): number {
    return this.#wanted.get(topic) ?? 0;
  }

  wanted(): Topic[] {
    return [...this.#wanted.keys()];
  }

  /** Moves `member` from the topics it had to others; answers what nobody wants any more. */
  move(member: Member, before: ReadonlySet<Topic>, after: ReadonlySet<Topic>): Topic[] {
    this.#leave(member, before);
    if (after.size > 0) this.#join(member, after);
    for (const topic of after) {
      if (!before.has(topic)) this.#wanted.set(topic, this.count(topic) + 1);
    }
    return [...before].filter((topic) => !after.has(topic) && this.#isLastOf(topic));
  }

  #join(member: Member, topics: ReadonlySet<Topic>): void {
    const signature = signatureOf(topics);
    const group = this.#groups.get(signature) ?? { topics, members: new Set() };
    group.members.add(member);
    this.#groups.set(signature, group);
  }

  #leave(member: Member, topics: ReadonlySet<Topic>): void {
    const signature = signatureOf(topics);
    const group = this.#groups.get(signature);
    group?.members.delete(member);
    if (group?.members.size === 0) this.#groups.delete(signature);
  }

  #isLastOf(topic: Topic): boolean {
    const left = this.count(topic) - 1;
    if (left > 0) this.#wanted.set(topic, left);
    else this.#wanted.delete(topic);
    return left <= 0;
  }
}

const signatureOf = (topics: ReadonlySet<Topic>): string => [...topics].sort().join();
