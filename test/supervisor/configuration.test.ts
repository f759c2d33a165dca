import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../src/supervisor/index.js';

const parse = (text: string, environment: NodeJS.ProcessEnv = {}) =>
  parseConfiguration(text, '/etc/app/cliwrap.yaml', environment);

const WHOLE = `
version: 1
runtime:
  dir: /run/app
  log_ring_buffer_bytes: 2MiB
  log_file_dir: /var/log/app
  log_file_max_size: 10MB
  log_file_max_files: 3
groups:
  - name: web
    processes:
      - id: db
        command: postgres
        args: ["-D", "\${DATA:-/data}"]
        ready: { socket: /run/pg/.s, timeout: 5s }
      - id: app
        name: The app
        command: "\${BIN}"
        env: { PRICE: "$$5", PORT: 8080 }
        workdir: work
        restart: on_failure
        max_restarts: 3
        restart_backoff: 1500ms
        stop_timeout: 1m30s
        stdin: pipe
        resources: { max_rss: 512MiB, max_cpu_percent: 150, on_exceed: kill }
        depends_on: [db]
        liveness: { timeout: 2s, on_stall: warn }
        orphan: stop
`;

describe('a configuration', () => {
  it('is converted into specifications, with expanded variables and converted units', () => {
    const configuration = parse(WHOLE, { BIN: 'node' });
    expect(configuration).toEqual({
      groups: 1,
      runtimeDir: '/run/app',
      logRingBytes: 2 * 1024 * 1024,
      logFiles: { folder: '/var/log/app', maxSize: 10_000_000, maxFiles: 3 },
      ignored: [],
      processes: [
        {
          id: 'db',
          command: 'postgres',
          args: ['-D', '/data'],
          ready: { socket: '/run/pg/.s' },
          readyTimeoutMs: 5_000,
        },
        {
          id: 'app',
          name: 'The app',
          command: 'node',
          env: { PRICE: '$5', PORT: '8080' },
          workdir: '/etc/app/work',
          restart: 'on-failure',
          maxRestarts: 3,
          restartBackoffMs: 1_500,
          stopTimeoutMs: 90_000,
          stdin: 'pipe',
          resources: { maxRss: 512 * 1024 * 1024, maxCpuPercent: 150, onExceed: 'kill' },
          dependsOn: ['db'],
          liveness: { timeoutMs: 2_000, onStall: 'warn' },
          orphan: 'stop',
        },
      ],
    });
  });

  it.each([
    ['a: [', /^\/etc\/app\/cliwrap.yaml:\d+: /],
    [
      'groups:\n  - processes:\n      - id: a b\n        command: x',
      ':3: groups[0].processes[0].id: must consist of',
    ],
    ['groups:\n  - processes:\n      - id: a', 'groups[0].processes[0]: command is required'],
    [
      'groups:\n  - processes:\n      - id: a\n        command: $' + '{NO}',
      ':4: groups[0].processes[0].command: the variable NO is not set',
    ],
    [
      'groups:\n  - processes:\n      - id: a\n        command: x\n        stop_timeout: soon',
      ':5: groups[0].processes[0].stop_timeout: must be a duration',
    ],
    [
      'groups:\n  - processes:\n      - id: a\n        command: x\n        restart: often',
      ':5: groups[0].processes[0].restart: must be one of never, on_failure',
    ],
    [
      'groups:\n  - processes:\n      - id: a\n        command: x\n        resources: { max_rss: lots }',
      ':5: groups[0].processes[0].resources.max_rss: must be a size',
    ],
    [
      'groups:\n  - processes:\n      - {id: a, command: x}\n      - {id: a, command: x}',
      "id 'a' is used twice",
    ],
    [
      'groups:\n  - processes:\n      - {id: a, command: x, depends_on: [b]}',
      "depends_on names 'b', which does not exist",
    ],
    ['groups:\n  - processes:\n      - {id: a, command: x, depends_on: [a]}', 'in a circle: a -> a'],
    [
      'groups:\n  - processes:\n      - {id: a, command: x, ready: {}}',
      'needs one of log, exec, port, socket, beat',
    ],
  ])('%j is refused with line and key', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('reports the keys of the original that have no effect', () => {
    expect(parse('system_budget: {}\nruntime: { debug: true, dir: x }').ignored).toEqual([
      'system_budget',
      'runtime.debug',
    ]);
  });

  it('is accepted when the original accepts it; keys without effect are named', () => {
    const { processes, ignored } = parse(
      [
        'version: 1',
        'x-common: &common {A: "1"}',
        'groups:',
        '  - processes:',
        '      - id: a',
        '        command: x',
        '        restart: ""',
        '        stop_timeout: ""',
        '        kill_timeout: 5s',
        '        resources: { on_exceed: throttle }',
        'runtime: { log_ring_buffer_bytes: 2GiB }',
      ].join('\n'),
    );
    expect(processes).toEqual([{ id: 'a', command: 'x', resources: { onExceed: 'warn' } }]);
    expect(ignored).toEqual([
      'groups[0].processes[0].kill_timeout (line 9)',
      'groups[0].processes[0].resources.on_exceed: throttle (it reports an event, like warn)',
      'runtime.log_ring_buffer_bytes above 1073741824',
    ]);
  });

  it('keeps the text of unquoted scalars', () => {
    const values = ['24.10', '0012', '0x1F', '1234e5', '12345678901234567890', 'True', '2020-01-01', '.5'];
    const env = values.map((value, i) => `V${i}: ${value}`).join(', ');
    const args = values.join(', ');
    const { processes } = parse(
      `groups:\n  - processes:\n      - { id: 007, command: 1.10, args: [${args}, null, "~"], env: { ${env} } }`,
    );
    expect(processes[0]).toEqual({
      id: '007',
      command: '1.10',
      args: [...values, '', '~'],
      env: Object.fromEntries(values.map((value, i) => [`V${i}`, value])),
    });
  });

  it('keeps the text of unquoted keys', () => {
    const names = ['1.10', '0012', '0x1F', '12345678901234567890', 'True', '"A\\u0042"'];
    const env = names.map((name) => `${name}: x`).join(', ');
    const { processes } = parse(`groups:\n  - processes:\n      - { id: a, command: x, env: { ${env} } }`);
    const kept = [...names.slice(0, -1), 'AB'];
    expect(processes[0]?.env).toEqual(Object.fromEntries(kept.map((name) => [name, 'x'])));
  });

  it('resolves aliases and merged maps', () => {
    const { processes } = parse(
      [
        'groups:',
        '  - processes:',
        '      - &base { id: a, command: x, args: &args [one], env: &env { A: "1", B: "2" } }',
        '      - { <<: *base, id: b, env: { <<: *env, B: "3" } }',
        '      - { <<: [{ id: c }, *base], args: *args }',
      ].join('\n'),
    );
    expect(processes).toEqual([
      { id: 'a', command: 'x', args: ['one'], env: { A: '1', B: '2' } },
      { id: 'b', command: 'x', args: ['one'], env: { A: '1', B: '3' } },
      { id: 'c', command: 'x', args: ['one'], env: { A: '1', B: '2' } },
    ]);
  });

  it.each([
    ['instances: 4', { instances: 4 }],
    ['listen: 8080', { listen: { port: 8080 } }],
    ['listen: 0.0.0.0:8080', { listen: { port: 8080, host: '0.0.0.0' } }],
    ['listen: "[::1]:8080"', { listen: { port: 8080, host: '::1' } }],
    ['listen: localhost:8080', { listen: { port: 8080, host: '127.0.0.1' } }],
    ['stop_signal: int', { stopSignal: 'SIGINT' }],
    ['umask: 027', { umask: 0o027 }],
    ['umask: "0o22"', { umask: 0o022 }],
    ['user: www-data', { user: 'www-data' }],
    ['group: 33', { group: '33' }],
    ['autostart: false', { autostart: false }],
    ['log_timestamps: true', { logTimestamps: true }],
    ['env_file:', { env: {} }],
  ])('reads %s', (line, expected) => {
    const { processes } = parse(
      `groups:\n  - processes:\n      - id: a\n        command: x\n        ${line}`,
    );
    expect(processes[0]).toMatchObject(expected);
  });

  it('with an id in two groups, or the id of an instance, is refused with both lines', () => {
    const text =
      'groups:\n  - processes:\n      - {id: a, command: x}\n  - processes:\n      - {id: a, command: y}';
    expect(() => parse(text)).toThrow(
      /:5: groups\[1\].processes\[0\].id: id 'a' is used twice; first in line 3$/,
    );
    const instance =
      'groups:\n  - processes:\n      - {id: a, command: x, instances: 2}\n      - {id: a-1, command: y}';
    expect(() => parse(instance)).toThrow(
      /:4: groups\[0\].processes\[1\].id: id 'a-1' is used twice; first in line 3$/,
    );
  });

  it('with aliases that refer to themselves or multiply is read in a moment', () => {
    const bomb = Array.from({ length: 30 }, (_, i) => `x-${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n');
    expect(parse(`x-0: &a0 [x]\n${bomb}\ngroups: []`).processes).toEqual([]);
    expect(() => parse('groups: &g [*g]')).toThrow(/groups\[0\]: must be a map/);
  });

  it.each([
    ['ready: { log: x, timeout: 2.03s }', { readyTimeoutMs: 2_030 }],
    ['stop_timeout: 1.0005s', { stopTimeoutMs: 1_001 }],
    ['restart_backoff: 1h', { restartBackoffMs: 3_600_000 }],
    ['resources: { max_rss: 64K }', { resources: { maxRss: 65_536 } }],
    ['resources: { max_rss: 64MB }', { resources: { maxRss: 64_000_000 } }],
  ])('reads quantities as the command line does: %s', (line, expected) => {
    const { processes } = parse(
      `groups:\n  - processes:\n      - id: a\n        command: x\n        ${line}`,
    );
    expect(processes[0]).toMatchObject(expected);
  });

  it.each([
    ['command: ""', 'command is required'],
    ['command: ~', 'command is required'],
    ['stop_timeout: 48h', 'stop_timeout: must be at most 86400000 ms'],
    ['stop_timeout: -1s', 'stop_timeout: must be a duration'],
    ['ready: { exec: [] }', 'ready.exec must begin with a command'],
    ['ready: { log: "" }', 'ready.log must not be empty'],
    ['args: ["a\\0b"]', 'args must not contain NUL'],
    ['workdir: "a\\0b"', 'workdir must not contain NUL'],
    ['env: { "A=B": c }', "env has the name 'A=B'"],
    ['max_restarts: ""', 'max_restarts: must be a number'],
    ['liveness: {}', 'liveness: timeout is required'],
    ['listen: 0', 'listen: must be PORT or HOST:PORT with an IP address'],
    ['listen: example.com:80', 'listen: must be PORT or HOST:PORT with an IP address'],
    ['listen: 80\n        ready: { port: 80 }', 'ready.port is the port of listen, which always accepts'],
    ['umask: 888', 'umask: must be 1 to 4 octal digits'],
    ['stop_signal: NONE', 'stop_signal: must be the name of a signal'],
    ['instances: 0', 'instances: must be a number from 1 to 1000'],
    ['instances: 1.5', 'instances: must be a whole number'],
    ['env_file: { a: b }', 'env_file: must be a file name, or a list of them'],
    ['env: [A]', 'env: must be a map'],
    ['args: one', 'args: must be a list'],
    ['args: [[one]]', 'args[0]: must be a text'],
    [`name: ${'x'.repeat(10)}\n        id: ${'x'.repeat(129)}`, 'must consist of 1 to 128 letters'],
  ])('refuses %s as a start would', (line, message) => {
    const lines = ['id: a', 'command: x'].filter((one) => !line.includes(`${one.split(':')[0]}: `));
    const entry = [...lines, ...line.split('\n').map((one) => one.trim())];
    const text = `groups:\n  - processes:\n      - ${entry.join('\n        ')}`;
    expect(() => parse(text)).toThrow(message);
  });
});
