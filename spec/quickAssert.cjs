const assert = require('node:assert/strict');

/** When `ok` fails without a message, Node 20 parses the transpiled file to find one: minutes for a long spec. */
const { ok } = assert;
assert.ok = (value, message = 'expected a truthy value') => ok(value, message);
