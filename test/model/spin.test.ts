/**
 * The protocol models, searched exhaustively by spin; and every seeded protocol bug, which must be found. The models
 * name the functions they stand for; docs/spec.md has the table.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sized } from '../size.js';
import { temporaryFolder } from '../temporary.js';

const MODELS = {
  'overwrite-ring': {
    states: 10_000,
    sound: sized({
      test: [['-DONE_READER']],
      all: [['-DONE_READER'], ['-DRECORDS=4']],
      long: [['-DONE_READER'], ['-DRECORDS=4']],
    }),
    bugs: [
      ...['BUG_NO_INTENT', 'BUG_INTENT_AFTER_PAYLOAD', 'BUG_COMMIT_BEFORE_PAYLOAD', 'BUG_NO_CLEAR_BEHIND'],
      ...['BUG_CLEAR_AFTER_COMMIT', 'BUG_PADDING_FIRST', 'BUG_NO_LAP_CHECK', 'BUG_CHECK_BEFORE_COPY'],
      ...[
        'BUG_LAP_ONE_TOO_LATE',
        'BUG_MARK_COUNTS_ONE_MORE',
        'BUG_RESUME_AT_INTENT',
        'BUG_RESUME_ONE_TOO_FAR',
      ],
    ],
    bugDefines: ['-DONE_READER'],
  },
  'back-pressure': {
    states: 10_000,
    sound: [[], ['-DSLOTS=1']],
    bugs: [
      ...['BUG_SCAN_BEFORE_INTENT', 'BUG_JOIN_WITHOUT_CHECK', 'BUG_CLEAR_NOT_COUNTED', 'BUG_NEVER_EVICT'],
      ...['BUG_PUBLISH_BEFORE_READ', 'BUG_POSITION_LOADED_TWICE', 'BUG_EVICT_WITHOUT_EXCHANGE'],
    ],
    bugDefines: [],
  },
  'weak-order': {
    states: 1000,
    sound: [[], ['-DREMOTE_FENCE']],
    bugs: [
      ...['BUG_RING_BEFORE_COMMIT', 'BUG_NO_REMOTE_FENCE', 'BUG_ANNOUNCE_WITHOUT_FENCE'],
      ...['BUG_PLAIN_COMMIT', 'BUG_WALK_UNORDERED'],
      ...['BUG_NO_ACQUIRE_AFTER_WALK', 'BUG_NO_FENCE_AFTER_INTENT', 'BUG_NO_ORDER_BEFORE_INTENT'],
      ...['BUG_NO_FENCE_AFTER_ODD', 'BUG_PLAIN_EVEN', 'BUG_PLAIN_VERSION', 'BUG_NO_ORDER_BEFORE_VERSION'],
      ...['BUG_PLAIN_POSITION', 'BUG_JOIN_UNORDERED', 'BUG_SCAN_UNORDERED', 'BUG_NO_LOAD_AFTER_EXCHANGE'],
      ...['BUG_NO_ORDER_BEFORE_STATE', 'BUG_COUNTER_STORES_UNORDERED', 'BUG_UPPER_BOUND_UNORDERED'],
    ],
    bugDefines: [],
  },
};

const installed =
  spawnSync('spin', ['-V']).error === undefined && spawnSync('gcc', ['--version']).error === undefined;
if (!installed) {
  process.stderr.write(
    'protocol models skipped: spin or gcc is not installed (Debian: apt install spin gcc)\n',
  );
}

for (const [model, { states: fewest, sound, bugs, bugDefines }] of Object.entries(MODELS)) {
  describe.skipIf(!installed)(`the model ${model}`, () => {
    for (const defines of sound) {
      it(`holds in every state ${defines.join(' ')}`, { timeout: 300_000 }, () => {
        const { errors, states, complete } = search(model, defines);
        expect(errors).toBe(0);
        expect(complete).toBe(true);
        expect(states).toBeGreaterThan(fewest);
      });
    }
    for (const bug of bugs) {
      it(`finds the seeded bug ${bug}`, () => {
        const slots = bug === 'BUG_EVICT_WITHOUT_EXCHANGE' ? ['-DSLOTS=1'] : [];
        expect(search(model, [...bugDefines, ...slots, `-D${bug}`]).errors).toBeGreaterThan(0);
      });
    }
  });
}

function search(model: string, defines: readonly string[]) {
  const cwd = temporaryFolder();
  const source = fileURLToPath(new URL(`./${model}.pml`, import.meta.url));
  fs.copyFileSync(source, path.join(cwd, 'model.pml'));
  execFileSync('spin', ['-a', ...defines, 'model.pml'], { cwd, stdio: 'pipe' });
  execFileSync('gcc', ['-O1', '-w', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=2500', '-o', 'pan', 'pan.c'], {
    cwd,
  });
  const { stdout } = spawnSync('./pan', ['-m200000'], { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
  const errors = /errors: (\d+)/.exec(stdout)?.[1];
  return {
    errors: errors === undefined ? Number.NaN : Number(errors),
    states: Number(/([\d.e+]+) states, stored/.exec(stdout)?.[1]),
    complete: !/max search depth too small|MEMLIM bound/.test(stdout),
  };
}
