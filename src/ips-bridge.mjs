#!/usr/bin/env -S node --max-semi-space-size=8
// The launcher, with a small young generation: the work is short-lived objects in small batches, and the default lets
// memory grow by more than it saves in collections. Plain JavaScript that any Node can read: the program itself is TypeScript, which Node runs
// as it is from version 24 on, and an older Node would only answer with a riddle about syntax.
const major = Number(process.versions.node.split('.')[0]);
if (major >= 24) {
  await import('./main.ts');
} else {
  process.stderr.write(
    `ips-bridge needs Node 24 or newer; this is Node ${process.versions.node}.\n` +
      'In a clone, "npm ci" brings a Node 24 of its own: start the program through npm, for example\n' +
      '  npm run sandbox\n' +
      '  npx ips-bridge serve\n' +
      'or install Node 24 and run the same command again.\n',
  );
  process.exitCode = 78;
}
