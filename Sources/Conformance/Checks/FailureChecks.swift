import APIClient

/// Handlers that fail, and a board that goes on.
enum FailureChecks {
  static let all = [
    Check(
      name: "exception", title: "a handler's exception is 500 with its traceback", needs: "raise"
    ) { subject in
      let response = try await subject.get("/raise")
      let problem = Problem(response)
      guard response.status == 500, problem?.kind == "handler-exception",
        let traceback = problem?.traceback, traceback.contains("ValueError"),
        traceback.contains("conformance")
      else {
        throw Unlike(
          expected: "500, handler-exception, with the traceback of a ValueError",
          got: Subject.summary(response))
      }
      try await subject.expectService(after: "an exception")
    },
    Check(
      name: "hang", title: "a handler that hangs is interrupted: 504, with its traceback",
      needs: "hang"
    ) { subject in
      let response = try await subject.get("/hang")
      let problem = Problem(response)
      guard response.status == 504, problem?.kind == "deadline",
        let traceback = problem?.traceback, traceback.contains("KeyboardInterrupt")
      else {
        throw Unlike(
          expected: "504, deadline, with the traceback of a KeyboardInterrupt",
          got: Subject.summary(response))
      }
      try await subject.expectService(after: "a handler that hung")
    },
    Check(name: "boot", title: "the board's program ran on all the while") { subject in
      try await subject.expectService(after: "all the others")
      let facts = try await subject.facts()
      try expect("boot id", facts.firmware?.bootID ?? facts.state, subject.bootID)
    },
  ]
}
