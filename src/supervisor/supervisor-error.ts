/** Errors of the supervisor: wrong specifications and configurations. What goes over the socket is a ControlError. */

export type SupervisorErrorCode =
  | 'INVALID_CONFIGURATION'
  | 'INVALID_SPECIFICATION'
  | 'DUPLICATE_ID'
  | 'IN_USE';

/** Compare the code, never the message. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly code: SupervisorErrorCode;

  constructor(code: SupervisorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
