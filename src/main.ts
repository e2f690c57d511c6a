// The program: one command line, from which everything starts.
import { outliveReader } from './commands/output.ts';
import { program } from './commands/program.ts';

outliveReader();
await program().parseAsync();
