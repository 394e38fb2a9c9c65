import type { Command } from 'commander';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { signApproval } from '../client/signApproval.ts';
import { approvalNamespace, approvalOf, joinApproval, readApproval, splitApproval, writeApproval, type ApprovalContent } from '../contract/approvalText.ts';
import type { CallInput } from '../contract/api.ts';
import { promotionRoutes, type Promotion } from '../contract/promotions.ts';
import { formatTime } from '../contract/format/times.ts';
import { messageOf } from '../platform/errors.ts';
import { readAllowedSigners } from '../platform/ssh/allowedSigners.ts';
import { verifySshSignature } from '../platform/ssh/sshSignature.ts';
import { examples, type ActionRunner } from './command.ts';
import { connect } from './connection.ts';
import { finishPromotion } from './finishPromotion.ts';
import { facts } from './output.ts';
import { count } from './words.ts';

interface ApproveOptions {
  readonly reason?: string;
  readonly release?: string;
  readonly sign?: boolean;
  readonly key?: string;
  readonly signature?: string;
  readonly detach?: boolean;
}

type Yes = CallInput<'approvePromotion'>;

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    throw new CallFailure('invalid-input', `${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** A signed approval of a file: of one that holds text and signature, or of `FILE.sig` beside the text, as `ssh-keygen -Y sign` leaves it. */
function readSigned(file: string): { readonly text: string; readonly signature: string } {
  const content = fileText(file);
  const whole = splitApproval(content);
  if (whole !== undefined) {
    return whole;
  }
  if (path.extname(file) !== '.sig') {
    throw new CallFailure('invalid-input', `${file} holds no signature.`, { remedy: `Sign it: ssh-keygen -Y sign -n ${approvalNamespace} -f KEY ${file}; then name ${file}.sig.` });
  }
  return { text: fileText(file.slice(0, -'.sig'.length)), signature: content };
}

/** What a yes says that is signed. @throws CallFailure `invalid-input` for a reason that is none, `conflict` while there is no release */
function contentOf(found: Promotion, release: string | undefined, given: string): ApprovalContent {
  const reason = promotionRoutes.approvePromotion.input.shape.reason.safeParse(given);
  if (!reason.success) {
    throw new CallFailure('invalid-input', `reason: ${reason.error.issues[0]?.message ?? 'is none'}`, { field: 'reason' });
  }
  return approvalOf(found, requireRelease(found, release), reason.data, Date.now());
}

function requireRelease({ id, message }: Promotion, release: string | undefined): string {
  if (release === undefined) {
    throw new CallFailure('conflict', `Promotion ${id} has no release yet: ${message}`);
  }
  return release;
}

async function yesOf(client: CompanionClient, found: Promotion, options: ApproveOptions): Promise<Yes> {
  const { id } = found;
  if (options.sign === true && options.signature !== undefined) {
    throw new CallFailure('invalid-input', 'Give either --sign or --signature FILE.', { field: 'signature' });
  }
  if (options.key !== undefined && options.sign !== true) {
    throw new CallFailure('invalid-input', '--key goes with --sign.', { field: 'key' });
  }
  const release = options.release === undefined ? found.release : (await client.call('getRelease', { digest: options.release })).digest;
  if (options.signature !== undefined) {
    const signed = readSigned(options.signature);
    const content = readApproval(signed.text);
    if (content === undefined) {
      throw new CallFailure('invalid-input', `What ${options.signature} signs is no approval.`, { field: 'signature', remedy: `Write its text with "slipway promotion approval ${id} --reason TEXT --out FILE", and sign that file as it is.` });
    }
    return { id, release: requireRelease(found, release), reason: options.reason ?? content.reason, signed };
  }
  const { reason } = options;
  if (reason === undefined) {
    throw new CallFailure('invalid-input', 'Say why, with --reason TEXT.', { field: 'reason' });
  }
  if (options.sign !== true) {
    return { id, release: requireRelease(found, release), reason };
  }
  const content = contentOf(found, release, reason);
  return { id, release: content.release, reason: content.reason, signed: await signApproval(content, { key: options.key }) };
}

function approveCommand(promotion: Command, run: ActionRunner): void {
  promotion
    .command('approve')
    .description('say yes to the release of a promotion; with the last one its rollout starts')
    .argument('<id>', '', count)
    .option('--reason <text>', 'why, for the audit log; of a signature it is the one that was signed')
    .option('--release <digest>', 'the release that was looked at, or the beginning of its digest (default: the one that it has)')
    .option('--sign', 'sign it with the SSH key that git signs with, or with --key; its principal in the allowed signers of the policy is then the name that counts')
    .option('--key <file>', 'the SSH key: a private one, or a public one whose private half ssh-agent has')
    .option('--signature <file>', 'take a signature that was made elsewhere, of what "slipway promotion approval ID --reason TEXT --out FILE" has written')
    .option('--detach', 'return at once')
    .addHelpText('after', examples('promotion approve 3 --reason "figures checked, callers know"', 'promotion approve 3 --sign --reason "figures checked"', 'promotion approve 3 --sign --key ~/.ssh/id_ed25519 --reason "figures checked"', 'promotion approve 3 --signature approval-3.txt.sig'))
    .action(
      run(async (output, id: number, options: ApproveOptions) => {
        const client = await connect();
        const approved = await client.call('approvePromotion', await yesOf(client, await client.call('getPromotion', { id }), options));
        return finishPromotion(client, approved, output, options.detach === true || approved.state === 'waiting');
      }),
    );
}

function approvalCommand(promotion: Command, run: ActionRunner): void {
  promotion
    .command('approval')
    .description('write a signed approval as a file that can be verified elsewhere; with --reason the text of one that is yet to be signed')
    .argument('<id>', '', count)
    .requiredOption('--out <file>', 'the file that is written')
    .option('--by <name>', 'whose, where several have signed')
    .option('--reason <text>', 'write the text that says yes for this reason, to be signed elsewhere')
    .addHelpText('after', examples('promotion approval 3 --out approvals/churn-7.txt', 'promotion approval 3 --by bob@example.com --out bob.txt', 'promotion approval 3 --reason "figures checked" --out yes.txt'))
    .action(
      run(async (output, id: number, { out, by, reason }: { readonly out: string; readonly by?: string; readonly reason?: string }) => {
        const found = await (await connect()).call('getPromotion', { id });
        if (reason !== undefined) {
          writeFileSync(out, writeApproval(contentOf(found, found.release, reason)));
          output.result({ file: out }, () => `${out} says yes to promotion ${id}. Sign it as it is, then send it:\n  ssh-keygen -Y sign -n ${approvalNamespace} -f KEY ${out}\n  slipway promotion approve ${id} --signature ${out}.sig`);
          return;
        }
        const given = found.approvals.flatMap(({ by: signer, signed }) => (signed === undefined || (by !== undefined && by !== signer) ? [] : [{ signer, signed }]));
        const [first, ...others] = given;
        if (first === undefined) {
          throw new CallFailure('not-found', `Promotion ${id} has no signed approval${by === undefined ? '' : ` of ${by}`} that counts.`, { remedy: `Sign one: slipway promotion approve ${id} --sign --reason TEXT.` });
        }
        if (others.length > 0) {
          throw new CallFailure('invalid-input', `Several have signed promotion ${id}: ${given.map(({ signer }) => signer).join(', ')}.`, { field: 'by', remedy: 'Say whose, with --by NAME.' });
        }
        writeFileSync(out, joinApproval(first.signed));
        output.result({ file: out, by: first.signer, key: first.signed.key }, () => `The approval of ${first.signer} (${first.signed.key}) is in ${out}. Elsewhere it is verified with\n  slipway promotion verify ${out} --allowed-signers FILE`);
      }),
    );
}

function verifyCommand(promotion: Command, run: ActionRunner): void {
  promotion
    .command('verify')
    .description('verify a signed approval as "slipway promotion approval" writes it, with the SSH keys of those who may sign, without a companion')
    .argument('<file>')
    .requiredOption('--allowed-signers <file>', 'allowed signers as ssh-keygen has them, one person a line')
    .addHelpText('after', examples('promotion verify approvals/churn-7.txt --allowed-signers .allowed_signers'))
    .action(
      run(async (output, file: string, { allowedSigners }: { readonly allowedSigners: string }) => {
        const { signers, problem } = readAllowedSigners(fileText(allowedSigners));
        if (problem !== undefined) {
          throw new CallFailure('invalid-input', `${allowedSigners}: ${problem}.`, { field: 'allowed-signers' });
        }
        const signed = readSigned(file);
        const { principal, key } = await verifySshSignature(signed, approvalNamespace, signers);
        const content = readApproval(signed.text);
        if (content === undefined) {
          throw new CallFailure('invalid-input', `${file} is signed by ${principal}, but it is no approval as Slipway writes it.`);
        }
        const { endpoint, model, version, release, requester, request, requested, reason, time } = content;
        output.result({ ...content, signedBy: principal, key }, () =>
          facts([
            ['signed by', `${principal} (${key}), ${formatTime(time)}: ${reason}`],
            ['version', `${model}:${version} for ${endpoint}`],
            ['release', release],
            ['asked by', `${requester}, ${formatTime(requested)}: ${request}`],
          ]),
        );
      }),
    );
}

/** Saying yes to a promotion, and approvals that are signed. */
export function approvalCommands(promotion: Command, run: ActionRunner): void {
  approveCommand(promotion, run);
  approvalCommand(promotion, run);
  verifyCommand(promotion, run);
}
