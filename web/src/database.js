// The page's database, and the worker that writes it when it is this tab's turn.

import * as steadfast from "../steadfast/index.js";

export const NAME = "notes";

/** The worker at this moment: the package starts another when it dies. */
let worker;

const options = {
  worker: () => {
    worker = new Worker(new URL("../steadfast/worker.js", import.meta.url), { type: "module", name: "the writer" });
    return worker;
  },
};

export const open = (more = {}) => steadfast.open(NAME, { ...options, ...more });
export const restore = (file) => steadfast.restore(NAME, file, options);
export const rescue = () => steadfast.rescue(NAME);

/** Ends the worker at once, whatever it does: no handler runs, nothing is flushed. */
export const terminateWriter = () => worker.terminate();
