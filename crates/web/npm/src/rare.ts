/**
 * What few programs call, and what `open` refuses: in one script, as the scripts that a page loads
 * at first are the longer, the more others share parts of them.
 */

export { alone } from "./alone.js";
export { badName, badOption, explained, noHome, noWorker } from "./refusals.js";
