using Snapback.Control.Comparing;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Shadowing;

/// <summary>One request's two answers, compared when the later of them has ended, on a thread that serves no user.</summary>
internal sealed class Comparison
{
    private readonly Generation _generation;
    private readonly AnswerComparison _rules;
    private readonly TimeProvider _time;
    private readonly string _method;
    private readonly string _path;
    private int _ended;

    public Comparison(Generation generation, ComparisonTerms terms, AnswerComparison rules, HttpRequest request, TimeProvider time)
    {
        (_generation, _rules, _time, _method, _path) = (generation, rules, time, request.Method, request.Path.Value ?? "");
        (Stable, Canary) = (new AnswerWitness(this, terms), new AnswerWitness(this, terms));
    }

    public AnswerWitness Stable { get; }

    public AnswerWitness Canary { get; }

    public void End()
    {
        if (Interlocked.Increment(ref _ended) == 2)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static comparison => comparison.Compare(), this, preferLocal: false);
        }
    }

    private void Compare()
    {
        if (Stable.Seen is { } stable && Canary.Seen is { } canary && _rules.Find(stable, canary) is { } found)
        {
            _generation.Differences.Add(found, _time.GetUtcNow(), _method, Masked.Path(_path));
        }
        else
        {
            _generation.Differences.Skip();
        }
    }
}
