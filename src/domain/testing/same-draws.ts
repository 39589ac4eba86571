/** For coverage and mutants: random tests draw the same each time, so that what they find is no luck, and stop where they find it. */

import fc from "fast-check";

fc.configureGlobal({ seed: 7, endOnFailure: true });
