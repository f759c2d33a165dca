/** A certificate authority of a test, made with openssl. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../temporary.js';

/** Whether tests can make certificates; elsewhere the reason of the skip is printed. */
export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stdout.write('skipped: openssl is not installed (apt-get install openssl)\n');

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority {
  /** Its certificate, a PEM file. */
  readonly caFile: string;
  /** Signs a certificate for a subject alternative name such as `IP:127.0.0.1`. */
  certificate(name: string, alternativeName: string): Certificate;
}

export function authority(): Authority {
  const folder = temporaryFolder();
  const file = (name: string) => path.join(folder, name);
  const [caFile, caKey] = [file('ca.pem'), file('ca.key')];
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-days',
    '2',
    '-subj',
    '/CN=authority',
    '-keyout',
    caKey,
    '-out',
    caFile,
  );
  return {
    caFile,
    certificate(name, alternativeName) {
      const [cert, key, request, extensions] = ['pem', 'key', 'csr', 'ext'].map((end) =>
        file(`${name}.${end}`),
      ) as [string, string, string, string];
      fs.writeFileSync(extensions, `subjectAltName=${alternativeName}\n`);
      openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
      const signs = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '2'];
      openssl('x509', '-req', '-in', request, ...signs, '-extfile', extensions, '-out', cert);
      return { cert, key };
    },
  };
}

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}
