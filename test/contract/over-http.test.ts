import { contractCases } from "./cases.ts";
import { openOverHttp } from "./http-subject.ts";
import { contract } from "./run-contract.ts";

contract(contractCases, { name: "the embedded cluster over HTTP", open: openOverHttp, atATime: 16 });
