using System.Text.Json;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Comparing;

/// <summary>Where two JSON documents differ by value: members in any order, numbers however they are written.</summary>
internal sealed class JsonDifferences(IReadOnlyList<JsonPath> ignored)
{
    /// <summary>Differences that are kept of one answer.</summary>
    private const int Most = 20;

    private const string Missing = "missing";

    private readonly List<AnswerDifference> _found = [];
    private readonly List<JsonPlace> _place = [];

    public static IReadOnlyList<AnswerDifference> Of(JsonElement stable, JsonElement canary, IReadOnlyList<JsonPath> ignored)
    {
        var walk = new JsonDifferences(ignored);
        walk.Compare(stable, canary);
        return walk._found;
    }

    private void Compare(JsonElement stable, JsonElement canary)
    {
        if (_found.Count >= Most || IsIgnored())
        {
            return;
        }

        switch (stable.ValueKind, canary.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                Members(stable, canary);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                Items(stable, canary);
                break;
            case (JsonValueKind.Undefined, JsonValueKind.Undefined):
                break;
            case (JsonValueKind.Undefined, _) or (_, JsonValueKind.Undefined):
            case var _ when !JsonElement.DeepEquals(stable, canary):
                Add(Masked.Json(stable), Masked.Json(canary));
                break;
        }
    }

    private void Members(JsonElement stable, JsonElement canary)
    {
        // Into a dictionary first: JsonElement looks a name up by going through all members.
        var (all, others) = (MembersOf(stable), MembersOf(canary));
        foreach (var (name, value) in all)
        {
            At(new JsonPlace(name, null), () =>
            {
                if (others.TryGetValue(name, out var other))
                {
                    Compare(value, other);
                }
                else if (!IsIgnored())
                {
                    Add(Masked.Json(value), Missing);
                }
            });
        }

        foreach (var (name, value) in others.Where(member => !all.ContainsKey(member.Key)))
        {
            At(new JsonPlace(name, null), () =>
            {
                if (!IsIgnored())
                {
                    Add(Missing, Masked.Json(value));
                }
            });
        }
    }

    /// <summary>Of a name that stands twice the last one counts, as for most readers.</summary>
    private static OrderedDictionary<string, JsonElement> MembersOf(JsonElement document)
    {
        var members = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in document.EnumerateObject())
        {
            members[member.Name] = member.Value;
        }

        return members;
    }

    private void Items(JsonElement stable, JsonElement canary)
    {
        if (stable.GetArrayLength() != canary.GetArrayLength())
        {
            Add(Masked.Json(stable), Masked.Json(canary));
        }

        foreach (var (i, (one, other)) in stable.EnumerateArray().Zip(canary.EnumerateArray()).Index())
        {
            At(new JsonPlace(null, i), () => Compare(one, other));
        }
    }

    private void At(JsonPlace place, Action look)
    {
        _place.Add(place);
        look();
        _place.RemoveAt(_place.Count - 1);
    }

    private bool IsIgnored() => ignored.Any(path => path.Leads(_place));

    private void Add(string stable, string canary)
    {
        if (_found.Count < Most)
        {
            _found.Add(
                new AnswerDifference(
                    "$" + string.Concat(_place.Select(place => place.Name is { } name ? $".{Masked.Name(name)}" : "[*]")), stable, canary));
        }
    }
}
