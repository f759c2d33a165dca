/** A refusal or failure as the answer to a request. */
export class HttpError extends Error {
  /** Status code of the answer. */
  readonly status: number;
  /** A name that programs compare. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
