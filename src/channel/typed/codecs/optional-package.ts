import { RingwireError, requireFromHere } from '../../../platform/index.js';

/**
 * Loads a package that the application may have installed.
 * @throws RingwireError `CODEC_UNAVAILABLE` if it does not load
 */
export function optionalPackage(name: string): unknown {
  try {
    return requireFromHere()(name);
  } catch (cause) {
    throw new RingwireError(
      'CODEC_UNAVAILABLE',
      `this codec needs the package ${name}, which does not load: run npm install ${name}`,
      { reason: name, cause },
    );
  }
}
