using CsCheck;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Four fields in 64 bits: what is done to one never shows in another.</summary>
public sealed class PickWordTests
{
    private static readonly Gen<Model> Start = Gen.Select(
        Gen.Int[0, Weight.Whole],
        Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, PickWord.MaxInFlight], Gen.Int[PickWord.MaxInFlight - 3, PickWord.MaxInFlight]),
        Gen.OneOf(Gen.UInt[0, 3], Gen.UInt, Gen.UInt[uint.MaxValue - 3, uint.MaxValue]),
        Gen.Bool,
        (weight, inFlight, sequence, closed) => new Model(weight, inFlight, sequence, closed));

    private static readonly Gen<int> Operation = Gen.Frequency(
        (4, Gen.Const(-1)), (3, Gen.Const(-2)), (1, Gen.Const(-3)), (2, Gen.Int[0, Weight.Whole]));

    [Fact]
    public void Random_operations_agree_with_a_naive_model() => Gen.Select(Start, Operation.Array[0, 50]).Sample((start, operations) =>
    {
        var (word, model) = (start.ToWord(), start);
        Assert.Equal(model, Model.Of(word));
        foreach (var operation in operations)
        {
            (word, model) = operation switch
            {
                -1 => model.InFlight == PickWord.MaxInFlight
                    ? (word, model)
                    : (word.WithPick(), model with { InFlight = model.InFlight + 1, Sequence = unchecked(model.Sequence + 1) }),
                -2 => model.InFlight == 0
                    ? (word, model)
                    : (new PickWord(word.Bits - PickWord.OneInFlight), model with { InFlight = model.InFlight - 1 }),
                -3 => (word.WithClosed(), model with { Closed = true }),
                _ => (word.WithWeight(operation), model with { Weight = operation }),
            };
            Assert.Equal(model, Model.Of(word));
        }
    });

    [Fact]
    public void The_sequence_wraps_into_no_other_field()
    {
        var word = new Model(1234, 56, uint.MaxValue, false).ToWord().WithPick();
        Assert.Equal(new Model(1234, 57, 0, false), Model.Of(word));
    }

    [Fact]
    public void A_new_word_is_empty_and_open() => Assert.Equal(new Model(0, 0, 0, false), Model.Of(default));

    private readonly record struct Model(int Weight, int InFlight, uint Sequence, bool Closed)
    {
        public static Model Of(PickWord word) => new(word.Weight, word.InFlight, word.Sequence, word.Closed);

        /// <summary>The documented layout, from the top: closed 1 bit, weight 14, in flight 17, sequence 32.</summary>
        public PickWord ToWord() => new(unchecked((long)((Closed ? 1UL << 63 : 0) | ((ulong)Weight << 49) | ((ulong)InFlight << 32) | Sequence)));
    }
}
