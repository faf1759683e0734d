import { contractCases } from "./cases.ts";
import { openInProcess } from "./embedded-subject.ts";
import { contract } from "./run-contract.ts";

contract(contractCases, { name: "the embedded cluster", open: openInProcess, atATime: 1 });
