/** A question before an action. */
import { useEffect, useRef } from 'preact/hooks';

/** A modal dialog; Escape cancels. */
export function Confirmation(props: {
  readonly question: string;
  readonly verb: string;
  readonly onConfirm: () => void;
  readonly onCancel: () => void;
}) {
  const { question, verb, onConfirm, onCancel } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onCancel} aria-labelledby="question">
      <h2 id="question">{question}</h2>
      <p class="actions">
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
        <button type="button" class="main" onClick={onConfirm}>
          {verb}
        </button>
      </p>
    </dialog>
  );
}
