-- Texts of the files of allowed signers that a policy names, by their paths as it has them, as JSON; as they were when it was taken over.
ALTER TABLE policies ADD COLUMN signers TEXT NOT NULL DEFAULT '{}';

-- What was signed, and the line of the allowed signers that vouched for it; null for a yes whose name a program stated.
ALTER TABLE promotion_approvals ADD COLUMN signed_text TEXT;
ALTER TABLE promotion_approvals ADD COLUMN signature TEXT;
ALTER TABLE promotion_approvals ADD COLUMN signer TEXT;
