// The whole "compiler" of the tests: Node's own type stripping, which keeps line and column.
import { stripTypeScriptTypes } from 'node:module';

export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
