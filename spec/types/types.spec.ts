import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '../..');

describe('types', () => {
  it('compile throughout the project; what must not compile does not', function () {
    this.timeout(120_000);
    const path = join(root, 'tsconfig.json');
    const { config } = ts.readConfigFile(path, ts.sys.readFile);
    const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
    assert.ok(fileNames.some((name) => name.endsWith('spec/types/order.ts')));
    const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options));
    const host = {
      getCanonicalFileName: (name: string) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    };
    assert.equal(ts.formatDiagnostics(diagnostics, host), '');
  });
});
