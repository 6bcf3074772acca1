using System.Text;
using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Dashboard;

/// <summary>What one stream has told, and what is to be told next.</summary>
/// <param name="rollout">The one that is followed in full; null for a line of each.</param>
/// <param name="seen">The sequence up to which the reader knows everything; below 0 for nothing.</param>
internal sealed class Telling(SharedTexts texts, string process, string? rollout, long seen)
{
    private readonly Dictionary<LiveRollout, SharedText> _told = [];
    private string _replica = "";

    /// <summary>The rollout that was followed is gone.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The events since the last call; empty for none.</summary>
    public string Next(ControlPlane plane)
    {
        var text = new StringBuilder();
        // Of before the look: what another stream makes while this one looks is higher, and told again to whoever comes back.
        var id = $"{process}-{texts.Sequence}";
        var all = rollout is null ? plane.Board.All.ToList() : plane.Board.TryGet(rollout, out var one) ? [one] : [];
        var replica = JsonSerializer.Serialize(
            new
            {
                replica = plane.Replica,
                storeUp = plane.Store.IsUp,
                store = plane.Store.Trouble,
                partial = plane.Board.IsPartial,
                rollouts = rollout is null ? all.Select(live => live.Name) : null,
            },
            JsonSerializerOptions.Web);
        if (replica != _replica)
        {
            _replica = replica;
            Add(text, id, "replica", replica);
            foreach (var gone in _told.Keys.Except(all).ToList())
            {
                _told.Remove(gone);
            }
        }

        foreach (var live in all)
        {
            var now = rollout is null ? texts.Short(live) : texts.Full(live);
            if (now.Sequence > seen && _told.GetValueOrDefault(live) != now)
            {
                _told[live] = now;
                Add(text, id, rollout is null ? "rollout" : "status", now.Json);
            }
        }

        if (rollout is not null && all.Count == 0)
        {
            IsOver = true;
            Add(text, id, "gone", JsonSerializer.Serialize(new { name = rollout }));
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string id, string kind, string data) =>
        text.Append("id: ").Append(id).Append("\nevent: ").Append(kind).Append("\ndata: ").Append(data).Append("\n\n");
}
