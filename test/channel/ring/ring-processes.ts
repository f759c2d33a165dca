/** The child scripts of the ring tests. */
import { MessageProcess } from '../../message-process.js';

export class RingProcess extends MessageProcess {
  constructor(script: string, options: object) {
    super(new URL(`./processes/${script}.mjs`, import.meta.url), options);
  }
}
