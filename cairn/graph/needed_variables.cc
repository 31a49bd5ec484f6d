#include "cairn/graph/needed_variables.h"

#include <algorithm>
#include <memory>

#include "cairn/core/escape.h"
#include "cairn/core/nearest_names.h"
#include "cairn/graph/function_calls.h"
#include "cairn/graph/graph_variables.h"

namespace cairn {
namespace {

using Kind = FunctionCall::Kind;

bool IsTableOp(std::string_view op) { return op.find("HashTable") != op.npos; }

// "y:0" of "y"; an output of a node is always named with its number.
std::string TensorOf(std::string_view input) {
  return std::string(NodeNameOf(input)) + ":" + std::to_string(OutputOf(input));
}

struct Scope;

// A node that calls functions, once the walk has come to it.
struct Call {
  Scope* scope = nullptr;  // where the node is
  std::vector<std::string_view> inputs;
  FunctionCall call;
  std::vector<Scope*> callees;
  std::vector<bool> is_requested;  // outputs, or the variables of a loop
  bool is_opaque = false;          // everything counts
};

// The graph, or a function. However many nodes call a function, it is walked once, with what all of
// them ask of it.
struct Scope {
  const NodeTable* nodes = nullptr;
  std::unique_ptr<const FunctionBody> body;  // null for the graph
  std::unordered_map<std::string_view, size_t> arguments;
  std::vector<bool> is_visited;     // nodes
  std::vector<bool> is_needed;      // arguments
  bool are_results_needed = false;  // all of them
  bool are_control_returns_needed = false;
  std::vector<Call*> callers;
  std::unordered_map<size_t, std::unique_ptr<Call>> calls;  // by node
};

class Walk {
 public:
  Walk(const MetaGraph& graph, std::span<const std::string_view> fed) : graph_(graph) {
    main_.nodes = &graph.node_table();
    main_.is_visited.resize(graph.nodes().size());
    for (const std::string_view tensor : fed) fed_.insert(TensorOf(tensor));
  }

  void NeedOutput(const std::string& tensor) { Need(main_, tensor); }

  // Returns what all of a function needs.
  Result<Scope*> NeedFunction(const Function& function) {
    CAIRN_ASSIGN_OR_RETURN(Scope* const scope, ScopeOf(function));
    NeedResults(*scope);
    NeedControlReturns(*scope);
    return scope;
  }

  Status Run() {
    while (!work_.empty()) {
      const Item item = work_.back();
      work_.pop_back();
      CAIRN_RETURN_IF_ERROR(Follow(*item.scope, item.input));
    }
    return {};
  }

  NeededNodes TakeFound() { return std::move(found_); }

 private:
  struct Item {
    Scope* scope;
    std::string_view input;
  };

  void Need(Scope& scope, std::string_view input) {
    if (!input.empty()) work_.push_back({&scope, input});
  }

  void NeedControlReturns(Scope& scope) {
    if (scope.are_control_returns_needed) return;
    scope.are_control_returns_needed = true;
    for (const std::string_view node : scope.body->control_returns) Need(scope, node);
  }

  void NeedResults(Scope& scope) {
    if (scope.are_results_needed) return;
    scope.are_results_needed = true;
    for (const std::string_view returned : scope.body->returned) Need(scope, returned);
  }

  Status Follow(Scope& scope, std::string_view input) {
    if (!scope.body && !IsControlInput(input) && fed_.contains(TensorOf(input))) return {};
    const GraphNode* const node = scope.nodes->Find(input);
    if (node == nullptr) return FollowArgument(scope, input);
    const size_t index = scope.nodes->IndexOf(*node);
    if (!scope.is_visited[index]) {
      scope.is_visited[index] = true;
      CAIRN_RETURN_IF_ERROR(Visit(scope, *node, index));
    }
    const auto call = scope.calls.find(index);
    // A control input asks for no output.
    if (call != scope.calls.end() && !IsControlInput(input))
      Request(*call->second, OutputOfCall(*call->second, input));
    return {};
  }

  Status FollowArgument(Scope& scope, std::string_view input) {
    const auto argument = scope.arguments.find(NodeNameOf(input));
    if (argument == scope.arguments.end())
      return Status(Reason::kGraph, "there is no node " + Quoted(NodeNameOf(input)));
    if (scope.is_needed[argument->second]) return {};
    scope.is_needed[argument->second] = true;
    for (Call* const caller : scope.callers) PassArgument(*caller, argument->second);
    return {};
  }

  // A function needs an argument: the caller needs the input.
  void PassArgument(Call& call, size_t argument) {
    if (call.call.kind == Kind::kLoop) return Request(call, argument);
    const size_t input = argument + call.call.first_argument();
    if (input < call.inputs.size()) Need(*call.scope, call.inputs[input]);
  }

  Status Visit(Scope& scope, const GraphNode& node, size_t index) {
    if (IsVariableOp(node.op)) CAIRN_RETURN_IF_ERROR(AddVariable(scope, node));
    if (IsTableOp(node.op)) found_.tables.emplace(node.name);
    CAIRN_ASSIGN_OR_RETURN(std::vector<std::string_view> inputs, InputsOf(node));
    CAIRN_ASSIGN_OR_RETURN(FunctionCall call, CallOf(graph_, node));
    if (call.kind == Kind::kNone) {
      for (const std::string_view input : inputs) Need(scope, input);
      return {};
    }
    auto& entry = scope.calls[index] = std::make_unique<Call>();
    entry->scope = &scope;
    entry->inputs = std::move(inputs);
    entry->call = std::move(call);
    return Enter(*entry);
  }

  // Resources of one name are one variable, whichever node makes the handle.
  Status AddVariable(const Scope& scope, const GraphNode& node) {
    if (!scope.body) {
      found_.variables.emplace(node.name);
      return {};
    }
    CAIRN_ASSIGN_OR_RETURN(const auto attribute, AttributeOf(node, "shared_name"));
    std::optional<std::string_view> shared_name;
    if (attribute) {
      CAIRN_ASSIGN_OR_RETURN(shared_name, TextOfAttribute(*attribute));
    }
    found_.variables.emplace(shared_name.value_or("").empty() ? node.name : *shared_name);
    return {};
  }

  Status Enter(Call& call) {
    for (const Function* const function : call.call.functions) {
      CAIRN_ASSIGN_OR_RETURN(Scope* const scope, ScopeOf(*function));
      if (std::ranges::find(call.callees, scope) == call.callees.end())
        call.callees.push_back(scope);
    }
    call.is_opaque = call.call.kind == Kind::kOther || !HasMatchingArguments(call);
    for (Scope* const callee : call.callees) {
      NeedControlReturns(*callee);
      if (call.is_opaque) NeedResults(*callee);
    }
    for (const std::string_view input : call.inputs) {
      if (call.is_opaque || IsControlInput(input)) Need(*call.scope, input);
    }
    if (call.is_opaque) return {};
    if (call.call.kind == Kind::kBranches) Need(*call.scope, call.inputs[0]);
    // The condition of a loop is asked whatever output is wanted.
    if (call.call.kind == Kind::kLoop && call.callees.size() > 1) NeedResults(*call.callees[1]);
    for (Scope* const callee : call.callees) {
      callee->callers.push_back(&call);
      for (size_t i = 0; i < callee->is_needed.size(); ++i) {
        if (callee->is_needed[i]) PassArgument(call, i);
      }
    }
    return {};
  }

  static bool HasMatchingArguments(const Call& call) {
    const auto num_inputs = static_cast<size_t>(
        std::ranges::count_if(call.inputs, [](auto input) { return !IsControlInput(input); }));
    return std::ranges::all_of(call.callees, [&](const Scope* callee) {
      return callee->body->arguments.size() + call.call.first_argument() == num_inputs;
    });
  }

  // The number of the output that an input takes; in a function it may be named as the result.
  static size_t OutputOfCall(const Call& call, std::string_view input) {
    const size_t first = input.find(':');
    const size_t last = input.rfind(':');
    if (!call.call.is_named_as_op || first == last || call.callees.empty()) return OutputOf(input);
    const std::string_view name = input.substr(first + 1, last - first - 1);
    const auto& results = call.callees[0]->body->results;
    const auto found = std::ranges::find(results, name);
    return found == results.end() ? OutputOf(input) : static_cast<size_t>(found - results.begin());
  }

  void Request(Call& call, size_t output) {
    if (call.is_opaque) return;
    // An output that no callee has means all results, once.
    size_t num_results = 0;
    for (const Scope* const callee : call.callees)
      num_results = std::max(num_results, callee->body->returned.size());
    output = std::min(output, num_results);
    if (call.is_requested.size() <= output) call.is_requested.resize(output + 1);
    if (call.is_requested[output]) return;
    call.is_requested[output] = true;
    const bool is_loop = call.call.kind == Kind::kLoop;
    // A loop that does not turn once gives its inputs.
    if (is_loop && output < call.inputs.size()) Need(*call.scope, call.inputs[output]);
    const size_t num_callees = is_loop ? 1 : call.callees.size();
    for (size_t i = 0; i < num_callees; ++i) {
      const auto& returned = call.callees[i]->body->returned;
      if (output < returned.size()) {
        Need(*call.callees[i], returned[output]);
      } else {
        NeedResults(*call.callees[i]);
      }
    }
  }

  Result<Scope*> ScopeOf(const Function& function) {
    auto& scope = functions_[&function];
    if (scope) return scope.get();
    CAIRN_ASSIGN_OR_RETURN(FunctionBody body, ParseFunctionBody(function));
    scope = std::make_unique<Scope>();
    scope->body = std::make_unique<const FunctionBody>(std::move(body));
    scope->nodes = &scope->body->nodes;
    scope->is_visited.resize(scope->nodes->nodes().size());
    scope->is_needed.resize(scope->body->arguments.size());
    for (size_t i = 0; i < scope->body->arguments.size(); ++i)
      scope->arguments.emplace(scope->body->arguments[i], i);
    return scope.get();
  }

  const MetaGraph& graph_;
  Scope main_;
  std::unordered_map<const Function*, std::unique_ptr<Scope>> functions_;
  std::set<std::string, std::less<>> fed_;
  std::vector<Item> work_;
  NeededNodes found_;
};

Status CheckIsThere(const MetaGraph& graph, const std::string& output) {
  if (!output.empty() && !IsControlInput(output) && graph.Find(output) != nullptr) return {};
  const auto nodes = graph.nodes();
  return Status(Reason::kMissing, "no node " + Quoted(NodeNameOf(output)) + " in the graph")
      .WithHint(DidYouMean(
          NearestNames(NodeNameOf(output), nodes.size(), [&](size_t i) { return nodes[i].name; })));
}

}  // namespace

Result<NeededNodes> FindNeededNodes(const MetaGraph& graph, std::span<const std::string> outputs,
                                    std::span<const std::string_view> fed) {
  Walk walk(graph, fed);
  for (const std::string& output : outputs) {
    CAIRN_RETURN_IF_ERROR(CheckIsThere(graph, output));
    walk.NeedOutput(output);
  }
  CAIRN_RETURN_IF_ERROR(walk.Run());
  return walk.TakeFound();
}

Result<std::vector<size_t>> FindNeededArguments(const MetaGraph& graph, const Function& function) {
  Walk walk(graph, {});
  CAIRN_ASSIGN_OR_RETURN(const Scope* const scope, walk.NeedFunction(function));
  CAIRN_RETURN_IF_ERROR(walk.Run());
  std::vector<size_t> needed;
  for (size_t i = 0; i < scope->is_needed.size(); ++i) {
    if (scope->is_needed[i]) needed.push_back(i);
  }
  return needed;
}

}  // namespace cairn
