// Reads an AsyncAPI document from standard input and asks the official parser whether it is one.
// Exit status 0: it is, and as many channels and messages as said on standard output.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(process.argv[2] + '/');
const { Parser } = require('@asyncapi/parser');

const { document, diagnostics } = await new Parser().parse(readFileSync(0, 'utf8'));
const errors = diagnostics.filter(({ severity }) => severity === 0);
for (const { message, path } of errors) console.error(`${path.join('.')}: ${message}`);
if (!document || errors.length > 0) process.exit(1);
console.log(`${document.channels().all().length} channels, ${document.messages().all().length} messages`);
