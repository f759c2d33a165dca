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

/**
 * An error of the supervisor. Compare `code`, never the message.
 * @example
 * try {
 *   await Manager.open(options);
 * } catch (error) {
 *   if (error instanceof SupervisorError && error.code === 'MANAGER_RUNNING') process.exit(5);
 *   throw error;
 * }
 */
export class SupervisorError extends RingwireError {
  /** Always `SupervisorError`. */
  override readonly name: string = 'SupervisorError';
  /** What went wrong; the table of {@link SupervisorErrorCode} lists the values. */
  declare readonly code: SupervisorErrorCode;

  /** @param details fields that the error carries, such as `cause` and `path` */
  constructor(code: SupervisorErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
