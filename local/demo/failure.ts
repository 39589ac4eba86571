/** What ends the demo, in words for whoever runs it. */
export class DemoFailure extends Error {
  override readonly name = "DemoFailure";
}
