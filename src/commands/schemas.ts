// `schemas`: the JSON Schemas of the configuration files, for editors, made from the same zod schemas that check them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { configSchemas } from '../config.ts';
import { BridgeError } from '../errors.ts';
import { action, say } from './output.ts';

const folder = resolve(import.meta.dirname, '../../docs/schemas');

function schemaFiles(): { file: string; text: string }[] {
  return Object.entries(configSchemas).map(([name, schema]) => ({
    file: join(folder, `${name}.json`),
    text: `${JSON.stringify(z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }), undefined, 2)}\n`,
  }));
}

export function schemasCommand(parent: Command): void {
  parent
    .command('schemas')
    .summary('write the JSON Schemas of the configuration files into docs/schemas')
    .option('--check', 'write nothing; fail when a file there is not up to date')
    .action(
      action(async (options: { check?: boolean }) => {
        const files = schemaFiles();
        if (options.check === true) {
          const old = files.filter(
            ({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text,
          );
          const [first] = old;
          if (first !== undefined) {
            throw new BridgeError('internal/schemas', 'the JSON Schemas are not up to date: run npm run schemas', { where: first.file }); // prettier-ignore
          }
          say(`${files.length} schemas are up to date`);
          return;
        }
        mkdirSync(folder, { recursive: true });
        for (const { file, text } of files) writeFileSync(file, text);
        say(`${files.length} schemas written to docs/schemas`);
        await Promise.resolve();
      }),
    );
}
