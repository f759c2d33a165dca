#!/usr/bin/env node
import { run } from './run.js';

const code = await run(process.argv);
// An interrupted command does not wait for output that is not read.
if (code > 128) process.exit(code);
process.exitCode = code;
