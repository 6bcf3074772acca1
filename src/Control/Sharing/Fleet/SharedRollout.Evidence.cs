using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>What other replicas have counted, and when.</summary>
internal sealed partial class SharedRollout
{
    private readonly PromptAnswers _answers = new();

    private void Take(Generation generation, Beat beat, TimeSpan asked)
    {
        // Each was written in its owner's last beat, not in this one.
        var written = beat.Replicas.ToDictionary(replica => replica.Id, replica => TimeSpan.FromMilliseconds(replica.SilentMs));
        foreach (var (id, theirs) in beat.Evidence.Where(one => one.Id != fleet.Id))
        {
            Take(generation, id, theirs, written.GetValueOrDefault(id) + ((fleet.Now - asked) / 2));
        }

        generation.Compare(fleet.Now);
    }

    private void Take(Generation generation, string replica, Tally tally, TimeSpan age)
    {
        var news = generation.Take(replica, tally, age, fleet.Now);
        if (live.Status.Phase.IsOpen() && _answers.Heard(news, live.Place.Of, fleet.Now) is { } due)
        {
            _ = AnswerAsync(due);
        }
    }

    private async Task AnswerAsync(TimeSpan due)
    {
        if (due > TimeSpan.Zero)
        {
            await Task.Delay(due, fleet.Time);
        }

        if (_answers.IsOwed)
        {
            Wake();
        }
    }
}
