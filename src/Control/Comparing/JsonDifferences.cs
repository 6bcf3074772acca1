using System.Text.Json;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Comparing;

/// <summary>Where two JSON documents differ by value: members in any order, numbers however they are written.</summary>
internal sealed class JsonDifferences(IReadOnlyList<JsonPath> ignored)
{
    /// <summary>More tell nobody anything of one answer.</summary>
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
            case var _ when !JsonElement.DeepEquals(stable, canary):
                Add(Masked.Json(stable), Masked.Json(canary));
                break;
        }
    }

    private void Members(JsonElement stable, JsonElement canary)
    {
        foreach (var member in stable.EnumerateObject())
        {
            At(new JsonPlace(member.Name, null), () =>
            {
                if (canary.TryGetProperty(member.Name, out var other))
                {
                    Compare(member.Value, other);
                }
                else if (!IsIgnored())
                {
                    Add(Masked.Json(member.Value), Missing);
                }
            });
        }

        foreach (var member in canary.EnumerateObject().Where(member => !stable.TryGetProperty(member.Name, out _)))
        {
            At(new JsonPlace(member.Name, null), () =>
            {
                if (!IsIgnored())
                {
                    Add(Missing, Masked.Json(member.Value));
                }
            });
        }
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
            _found.Add(new AnswerDifference("$" + string.Concat(_place.Select(place => place.Name is { } name ? $".{name}" : "[*]")), stable, canary));
        }
    }
}
