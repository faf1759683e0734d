import { contractCases } from "#test/contract/cases.ts";
import { contract } from "#test/contract/run-contract.ts";
import { openRigSubject } from "./harness/contract-rig.ts";

contract(contractCases, { name: "a real control plane", open: openRigSubject, atATime: 16 });
