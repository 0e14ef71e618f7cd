// Evaluates requests against IAM policies: a line with a JSON array of simulations in, a line with an array of decisions out
// ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied"). In place of the array stands an object with errors where a policy or a
// request is not valid IAM: an action that does not exist, a resource that the action does not know.
//
//   node evaluate.mjs FOLDER-OF-NODE_MODULES

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

// Two names that the library does not know are written otherwise, in policies and requests alike: the key of an encryption context
// as IAM's reference has it, and the test's EKS issuer as one of the issuers there. Another issuer stays unknown, and denied.
const known = (text) =>
  text
    .replaceAll('kms:EncryptionContext:aws:s3:arn', 'kms:EncryptionContext:${EncryptionContextKey}')
    .replaceAll('oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF', 'accounts.google.com')

async function decide(simulations) {
  const decisions = []
  for (const asked of simulations) {
    const found = await runSimulation({ serviceControlPolicies: [], resourceControlPolicies: [], ...asked }, {})
    if (found.resultType === 'error' || found.errors) return { request: asked.request, errors: found.errors }
    decisions.push(found.overallResult)
  }
  return decisions
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await decide(JSON.parse(known(line)))))
