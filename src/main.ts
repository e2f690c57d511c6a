// The program: one command line, from which everything starts.
import { program } from './commands/program.ts';

await program().parseAsync();
