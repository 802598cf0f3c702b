// What `bench.beside_malloy` runs in node: compile Malloy's questions against empty tables, tell as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const require = createRequire(resolve(process.argv[2], 'here.js'));
const { SingleConnectionRuntime } = require('@malloydata/malloy');
const { DuckDBConnection } = require('@malloydata/db-duckdb');
const MODELS = new URL('models.malloy', import.meta.url);

const { tables, asked, times } = JSON.parse(readFileSync(0, 'utf8'));
const connection = new DuckDBConnection({ name: 'duckdb', databasePath: ':memory:', enableExternalAccess: false });
for (const statement of Object.values(tables)) await connection.runRawSQL(statement);
const model = new SingleConnectionRuntime({ connection }).loadModel(readFileSync(MODELS, 'utf8'));
await model.getModel();

// Milliseconds to compile, and the SQL, or why it is refused.
async function compilation(question) {
  const spent = [];
  let sql;
  try {
    for (let turn = 0; turn < times; turn += 1) {
      const started = performance.now();
      sql = await model.loadQuery(`run: ${question}`).getSQL();
      spent.push(performance.now() - started);
    }
  } catch (problem) {
    return { refused: problem.message };
  }
  spent.sort((one, other) => one - other);
  return { compile: spent[Math.floor(times / 2)], sql };
}

// Twice, and the second is told: node makes its own code faster as it goes.
const found = {};
for (let round = 0; round < 2; round += 1) {
  for (const [name, question] of Object.entries(asked)) found[name] = await compilation(question);
}
console.log(JSON.stringify(found));
process.exit();
