// Evaluates recorded expressions once more, under jsonata 2.0.6: the version that Step Functions implements.
//
// In:  [{expression, variables, value}] on standard input, value being what the sandbox's evaluator made of it; where it
//      made nothing of it, or an error, {expression, variables, fails: true}
// Out: those whose value differs, each with `found` or `error`, as JSON
import { createHash, randomUUID } from 'node:crypto'
import jsonata from 'jsonata'

const ALGORITHMS = { MD5: 'md5', 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512' }

// What Step Functions adds (developer guide, "Transforming data with JSONata", JSONata functions provided by Step Functions)
const ADDITIONS = {
  parse: (text) => (text === undefined ? undefined : JSON.parse(text)),
  partition: (items, size) => {
    if (items === undefined || !(size > 0)) return undefined
    return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))
  },
  range: (first, last, step) => {
    const length = Math.floor((last - first) / step) + 1
    return length > 0 ? Array.from({ length }, (_, at) => first + at * step) : undefined
  },
  hash: (text, algorithm) => (text === undefined ? undefined : createHash(ALGORITHMS[algorithm]).update(text).digest('hex')),
  random: () => Math.random(),
  uuid: () => randomUUID(),
  eval: () => {
    throw new Error('$eval is not offered')
  },
}

const parsed = new Map()

function parse(text) {
  if (!parsed.has(text)) {
    const expression = jsonata(text)
    for (const [name, implementation] of Object.entries(ADDITIONS)) expression.registerFunction(name, implementation)
    parsed.set(text, expression)
  }
  return parsed.get(text)
}

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
}
const canonical = (value) => JSON.stringify(sorted(value))

async function differs({ expression, variables, value, fails }) {
  try {
    const found = await parse(expression).evaluate(undefined, variables)
    const text = JSON.stringify(found)
    if (fails) return text === undefined ? null : { expression, variables, fails, found: JSON.parse(text) }
    const plain = text === undefined ? undefined : JSON.parse(text)
    return canonical(plain) === canonical(value) ? null : { expression, variables, value, found: plain }
  } catch (error) {
    return fails ? null : { expression, variables, value, error: `${error.code ?? ''} ${error.message}` }
  }
}

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const differences = []
for (const recorded of JSON.parse(Buffer.concat(chunks))) {
  const difference = await differs(recorded)
  if (difference) differences.push(difference)
}
process.stdout.write(JSON.stringify(differences))
