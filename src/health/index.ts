/** The door `ringwire/health`: beats, and who listens to them. */
export { VlpAgent } from './agent.js';
export type { AgentOptions } from './agent-options.js';
export type { BeatTarget } from './beat-target.js';
export { crc32c } from './crc32c.js';
export {
  DECODE_ERROR_KINDS,
  DecodeError,
  type DecodeErrorDetails,
  type DecodeErrorKind,
} from './decode-error.js';
export {
  decodeFrame,
  encodeFrame,
  FRAME_LENGTH,
  type Frame,
  NONCE_TERMINAL,
  type WireVersion,
} from './frame-layout.js';
export { readKeyFile } from './key-file.js';
export { BeatOutcome, type DropReason, dropReason, outcomeLabel } from './outcome.js';
export { packPayload, unpackPayload } from './payload.js';
export {
  agentKey,
  epochKey,
  ivPrefix,
  openFrame,
  sealFrame,
} from './secure-frame-layout.js';
export { Status, type StatusLabel, statusFromLabel, statusLabel } from './status.js';
