/** Errors of the supervisor: specifications, configurations and runtime folders. The socket reports a ControlError. */
import { type ErrorCode, type ErrorDetails, RingwireError } from '../platform/index.js';

/**
 * Codes of a {@link SupervisorError}.
 *
 * | code | meaning |
 * |---|---|
 * | `INVALID_CONFIGURATION` | a configuration file is wrong; the message names file, line and key |
 * | `INVALID_SPECIFICATION` | a {@link ProcessSpec} is wrong; the message names process and key |
 * | `DUPLICATE_ID` | a process with this id is registered already |
 * | `IN_USE` | another program keeps files of its own in the runtime folder |
 * | `MANAGER_RUNNING` | another manager runs in this runtime folder |
 */
export type SupervisorErrorCode = Extract<
  ErrorCode,
  'INVALID_CONFIGURATION' | 'INVALID_SPECIFICATION' | 'DUPLICATE_ID' | 'IN_USE' | 'MANAGER_RUNNING'
>;

/** An error of the supervisor. Compare `code`, never the message. */
export class SupervisorError extends RingwireError {
  override readonly name: string = 'SupervisorError';
  declare readonly code: SupervisorErrorCode;

  /** @param details fields that the error carries, such as `cause` and `path` */
  constructor(code: SupervisorErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
