/** The output of a process, followed. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogAnswer } from '../../api/answers.js';
import { useEvents } from '../live/event-source.js';
import { Choice, Follow } from '../parts/small.js';

/** Characters that are kept. */
const KEPT = 200_000;
const STREAMS = [
  ['stdout', 'stdout'],
  ['stderr', 'stderr'],
] as const;
/** Colors and other sequences that programs write for terminals. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal sequences begin with the control character ESC.
const TERMINAL = /\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/** The output of the process with this id. */
export function ProcessLog({ id }: { readonly id: string }) {
  const [stream, setStream] = useState<'stdout' | 'stderr'>('stdout');
  const [isFollowing, setFollowing] = useState(true);
  const [text, setText] = useState('');
  const place = useRef<HTMLPreElement>(null);
  useEvents<LogAnswer>(
    isFollowing ? `/api/processes/${encodeURIComponent(id)}/log?stream=${stream}` : null,
    'log',
    (answer) => setText((before) => (before + answer.text.replace(TERMINAL, '')).slice(-KEPT)),
    (isOpen) => isOpen && setText(''),
  );
  useLayoutEffect(() => {
    place.current?.scrollTo({ top: place.current.scrollHeight });
  }, [text]);
  return (
    <section aria-label={`Output of ${id}`}>
      <h2>Output of {id}</h2>
      <div class="tools">
        <Choice
          name="Output"
          options={STREAMS}
          value={stream}
          onChange={(chosen) => {
            setText('');
            setStream(chosen);
          }}
        />
        <Follow value={isFollowing} onChange={setFollowing} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <pre class="log" ref={place} tabIndex={0} role="log" aria-label={`${stream} of ${id}`}>
        {text === '' ? <span class="faint">no output yet</span> : text}
      </pre>
    </section>
  );
}
