using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Collects everything that is wrong with one document, and what was added to it.</summary>
internal sealed class Problems(string? source)
{
    // More do not help anybody, and a hostile document must not make us write a book.
    private const int Most = 100;

    private readonly List<PlanProblem> _problems = [];
    private readonly List<PlanProblem> _notUnderstood = [];
    private readonly List<string> _notes = [];
    private int _unshown;

    public bool Any => _problems.Count > 0;

    public bool IsFull => _problems.Count >= Most;

    public void Add(PlanNode at, Fault fault) => Add(at.Path, fault.Message, fault.Remedy, at.Line, at.Column);

    public void Add(PlanNode at, string message, string remedy) => Add(at.Path, message, remedy, at.Line, at.Column);

    public void Add(string path, string message, string remedy, int line, int column)
    {
        var problem = new PlanProblem(path, message, remedy, line, column) { Source = source };
        // One value of a manifest may stand in two places of the plan; it is wrong once.
        if (!IsFull && !_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }

    public void Note(string sentence) => _notes.Add(sentence);

    /// <summary>A part of a manifest that has no meaning here: named, and left out of the plan.</summary>
    public void NotUnderstood(string path, string message, string remedy, int line, int column)
    {
        var problem = new PlanProblem(path, message, remedy, line, column) { Source = source };
        // Two rollouts' worth of a template, or two metrics', is said once.
        if (_notUnderstood.Contains(problem))
        {
            return;
        }

        if (_notUnderstood.Count < Most)
        {
            _notUnderstood.Add(problem);
        }
        else
        {
            _unshown++;
        }
    }

    public void NotUnderstood(PlanNode at, string message, string remedy) => NotUnderstood(at.Path, message, remedy, at.Line, at.Column);

    /// <summary>Forgets the details where one sentence says it all.</summary>
    public void Replace(PlanNode at, string message, string remedy)
    {
        _problems.Clear();
        Add(at, message, remedy);
    }

    public PlanResult ToResult(RolloutPlan? plan)
    {
        // The order sort is stable, so problems without lines stay in the order in which they were found.
        var sorted = _problems.OrderBy(p => p.Line).ThenBy(p => p.Column).ToList();
        if (IsFull)
        {
            sorted.Add(new PlanProblem("", $"Only the first {Most} problems are shown.", "Mend these and check again.", 0, 0) { Source = source });
        }

        return new PlanResult
        {
            Plan = Any ? null : plan,
            Problems = [.. sorted],
            NotUnderstood = [.. _notUnderstood.OrderBy(p => p.Line).ThenBy(p => p.Column), .. Unshown()],
            Notes = Any ? [] : [.. _notes],
        };
    }

    private IEnumerable<PlanProblem> Unshown() => _unshown == 0
        ? []
        : [new PlanProblem("", $"{_unshown} more are not shown.", "Mend these and check again.", 0, 0) { Source = source }];
}
