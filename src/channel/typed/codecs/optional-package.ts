import { createRequire } from 'node:module';
import { RingwireError } from '../../../platform/index.js';

const require = createRequire(import.meta.url);

/** A package that the application may install. @throws RingwireError `CODEC_UNAVAILABLE` where it did not */
export function optionalPackage(name: string): unknown {
  try {
    return require(name);
  } catch (cause) {
    throw new RingwireError(
      'CODEC_UNAVAILABLE',
      `this codec needs the package ${name}, which does not load: npm install ${name}`,
      { reason: name, cause },
    );
  }
}
